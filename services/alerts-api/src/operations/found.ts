import { AppError } from '@calseta/common';

/** Returns the resource, or throws `resource.not_found` when it is undefined. */
export function found<R>(noun: string, resource: R | undefined): R {
  if (resource === undefined) throw new AppError('resource.not_found', `There is no such ${noun}.`);
  return resource;
}

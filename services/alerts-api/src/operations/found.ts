import { AppError } from '@calseta/common';

/** The resource, or the `resource.not_found` that its absence means. */
export function found<R>(noun: string, resource: R | undefined): R {
  if (resource === undefined) throw new AppError('resource.not_found', `There is no such ${noun}.`);
  return resource;
}

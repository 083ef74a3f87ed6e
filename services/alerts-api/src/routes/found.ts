import { AppError, uuidSchema } from '@calseta/common';
import { z } from 'zod';

export const uuidParamsSchema = z.object({ uuid: uuidSchema });

/** The resource, or the 404 that its absence means. */
export function found<R>(noun: string, resource: R | undefined): R {
  if (resource === undefined) throw new AppError('resource.not_found', `There is no such ${noun}.`);
  return resource;
}

import { AppError } from '@calseta/common';

/** Strong entity tag of a resource version. */
export const etagOf = (version: string | number | bigint): string => `"${String(version)}"`;

/**
 * Refuses a change when `If-Match` names another version. The tag of a compressed answer names the same version: it is weak
 * for its bytes alone.
 */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(etag)) {
    throw new AppError('resource.precondition_failed', 'The resource was changed meanwhile.');
  }
}

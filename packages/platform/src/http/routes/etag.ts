import { AppError } from '@calseta/common';

/** The strong entity tag of one version of a resource. */
export const etagOf = (version: string | number | bigint): string => `"${String(version)}"`;

/** Refuses a change when `If-Match` was sent and names another version. */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(etag)) {
    throw new AppError('resource.precondition_failed', 'The resource was changed meanwhile.');
  }
}

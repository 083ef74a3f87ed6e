import { AppError } from '@calseta/common';
import { type KnownSource } from '../sources/plugin/known-sources.js';

export type FindSource = (name: string) => Promise<KnownSource | undefined>;

/** By then a new source is known to every process. */
const SOURCE_RETRY_SECONDS = 2;

/** Finds a source that takes alerts; throws `source.unknown` for any other. */
export async function admitSource(findSource: FindSource, name: string): Promise<KnownSource> {
  const known = await findSource(name);
  if (known?.source.isActive === true) return known;
  throw unknownSource();
}

export const unknownSource = (): AppError =>
  new AppError('source.unknown', 'No active source has this name. GET /v1/sources lists all.', {
    retryAfterSeconds: SOURCE_RETRY_SECONDS,
  });

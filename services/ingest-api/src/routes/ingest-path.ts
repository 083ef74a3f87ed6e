import { AppError } from '@calseta/common';

export type IngestPath = { sourceName: string; urlToken?: string; template: string };

/** Templates of the paths that alerts are sent to. */
export const INGEST_PATHS = {
  plain: '/v1/ingest/{source_name}',
  withToken: '/v1/ingest/{source_name}/{url_token}',
} as const;

const PATH = /^\/v1\/ingest\/([^/?]+)(?:\/([^/?]+))?\/?(?:\?|$)/;

/** Reads the path of a request; only templates of it are ever logged, since it may hold a token. */
export function readIngestPath(url: string | undefined, method: string | undefined): IngestPath {
  const [, source, token] = PATH.exec(url ?? '') ?? [];
  const sourceName = decode(source);
  const urlToken = decode(token);
  if (sourceName === undefined) throw new AppError('route.not_found', 'No such path.');
  if (method !== 'POST') {
    throw new AppError('route.method_not_allowed', 'Alerts are sent with POST.', {
      allow: ['POST'],
    });
  }
  return urlToken === undefined
    ? { sourceName, template: INGEST_PATHS.plain }
    : { sourceName, urlToken, template: INGEST_PATHS.withToken };
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

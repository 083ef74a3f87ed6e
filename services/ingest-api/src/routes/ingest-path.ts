import { AppError, INGEST_ROUTES } from '@calseta/common';

export type IngestPath = { sourceName: string; urlToken?: string; template: string };

const { plain, withToken } = INGEST_ROUTES;

/** Reads the path of a request; only templates of it are ever logged, since it may hold a token. */
export function readIngestPath(url: string | undefined): IngestPath {
  const segments = segmentsOf(url ?? '');
  const [source, token] = match(plain.path, segments) ?? match(withToken.path, segments) ?? [];
  const sourceName = decode(source);
  const urlToken = decode(token);
  if (sourceName === undefined) throw new AppError('route.not_found', 'No such path.');
  return urlToken === undefined
    ? { sourceName, template: plain.path }
    : { sourceName, urlToken, template: withToken.path };
}

/** Without the query and a slash at the end. */
function segmentsOf(url: string): string[] {
  const [path = ''] = url.split('?', 1);
  return (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
}

/** The values of a template's parameters, in order; undefined when it is another path. */
function match(template: string, segments: readonly string[]): string[] | undefined {
  const expected = template.split('/');
  const isParameter = (index: number): boolean => expected[index]?.startsWith('{') === true;
  const fits = (segment: string, index: number): boolean =>
    isParameter(index) ? segment !== '' : segment === expected[index];
  if (segments.length !== expected.length || !segments.every(fits)) return undefined;
  return segments.filter((_, index) => isParameter(index));
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

import { AppError, INGEST_ROUTES } from '@calseta/common';

export type IngestPath = { sourceName: string; urlToken?: string; template: string };

const { plain, withToken } = INGEST_ROUTES;

/** Reads the path of a request. Logs contain only path templates, since a path may contain a token. */
export function readIngestPath(url: string | undefined): IngestPath {
  const segments = segmentsOf(url ?? '');
  const [source, token] = match(plain.path, segments) ?? match(withToken.path, segments) ?? [];
  if (source === undefined) throw new AppError('route.not_found', 'No such path.');
  const sourceName = decode(source);
  const urlToken = token === undefined ? undefined : decode(token);
  return urlToken === undefined
    ? { sourceName, template: plain.path }
    : { sourceName, urlToken, template: withToken.path };
}

/** Segments without the query and a trailing slash. */
function segmentsOf(url: string): string[] {
  const [path = ''] = url.split('?', 1);
  return (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
}

/** The parameters of a template, in order; undefined when the path does not match. */
function match(template: string, segments: readonly string[]): string[] | undefined {
  const expected = template.split('/');
  const isParameter = (index: number): boolean => expected[index]?.startsWith('{') === true;
  const fits = (segment: string, index: number): boolean =>
    isParameter(index) ? segment !== '' : segment === expected[index];
  if (segments.length !== expected.length || !segments.every(fits)) return undefined;
  return segments.filter((_, index) => isParameter(index));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AppError('request.malformed', 'The path is not valid percent-encoding.');
  }
}

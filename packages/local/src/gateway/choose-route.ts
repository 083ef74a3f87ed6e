import { posix } from 'node:path';

export type GatewayRoute = 'livez' | 'readyz' | 'hidden' | 'ingest' | 'api';

const INGEST_PATH = /^\/v1\/ingest(\/|$)/;
const METRICS_PATH = /^\/metrics(?![\w-])/;
/** Escapes of escapes that are looked through. */
const MAX_DECODINGS = 3;

/** Who answers a request for this target, which is a path with or without a query. */
export function chooseRoute(target: string): GatewayRoute {
  const path = target.split('?', 1)[0] ?? '';
  if (path === '/livez') return 'livez';
  if (path === '/readyz') return 'readyz';
  // What a process measures of itself is for those who can reach the process.
  if (METRICS_PATH.test(plainest(path))) return 'hidden';
  return INGEST_PATH.test(path) ? 'ingest' : 'api';
}

/** A path as the most lenient reader would take it. */
function plainest(path: string): string {
  let plain = path;
  for (let round = 0; round < MAX_DECODINGS; round += 1) plain = decodeEscapes(plain);
  const [withoutFragment = ''] = plain.split(/[?#]/, 1);
  const slashed = withoutFragment.replaceAll('\\', '/').replaceAll(/;[^/]*/g, '');
  return posix.normalize(slashed).toLowerCase();
}

/** Byte by byte, so that nothing is refused as bad UTF-8. */
const decodeEscapes = (text: string): string =>
  text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

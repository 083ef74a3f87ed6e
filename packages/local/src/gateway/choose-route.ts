import { posix } from 'node:path';

export type GatewayRoute = 'livez' | 'readyz' | 'hidden' | 'ingest' | 'api';

const INGEST_PATH = /^\/v1\/ingest(\/|$)/;
const METRICS_PATH = /^\/metrics(?![\w-])/;
/** Levels of nested percent-encoding that are decoded. */
const MAX_DECODINGS = 3;

/** Selects the service for a target, which is a path with or without a query. */
export function chooseRoute(target: string): GatewayRoute {
  const path = target.split('?', 1)[0] ?? '';
  if (path === '/livez') return 'livez';
  if (path === '/readyz') return 'readyz';
  // Metrics of a process are only for clients that can reach the process directly.
  if (METRICS_PATH.test(plainest(path))) return 'hidden';
  return INGEST_PATH.test(path) ? 'ingest' : 'api';
}

/** The path as the most lenient reader would interpret it. */
function plainest(path: string): string {
  let plain = path;
  for (let round = 0; round < MAX_DECODINGS; round += 1) plain = decodeEscapes(plain);
  const [withoutFragment = ''] = plain.split(/[?#]/, 1);
  const slashed = withoutFragment.replaceAll('\\', '/').replaceAll(/;[^/]*/g, '');
  return posix.normalize(slashed).toLowerCase();
}

/** Decodes byte by byte, so that nothing is refused as invalid UTF-8. */
const decodeEscapes = (text: string): string =>
  text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

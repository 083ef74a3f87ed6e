import { type IncomingHttpHeaders } from 'node:http';
import { withoutHopByHop } from './hop-by-hop.js';

/** Each side of the gateway handles `expect` itself (RFC 9110, 10.1.1). */
const LEFT_TO_EACH_END = 'expect';
/** Only proxies may state the origin of a request. */
const WRITTEN_BY_PROXIES = /^(?:x-forwarded-.*|forwarded|x-real-ip)$/;

/**
 * The headers that a service receives: the end-to-end headers of the client, and X-Forwarded-*. Of the
 * client's own entries, as many are kept as there are proxies between it and the gateway.
 */
export function forwardedHeaders(
  headers: IncomingHttpHeaders,
  { clientAddress, proxiesInFront }: { clientAddress: string; proxiesInFront: number },
): IncomingHttpHeaders {
  const earlier = String(headers['x-forwarded-for'] ?? '').split(',');
  const kept = proxiesInFront > 0 ? earlier.slice(-proxiesInFront) : [];
  const hops = [...kept, clientAddress].map((hop) => hop.trim());
  const passed = Object.entries(withoutHopByHop(headers)).filter(
    ([name]) => name !== LEFT_TO_EACH_END && !WRITTEN_BY_PROXIES.test(name),
  );
  return {
    ...Object.fromEntries(passed),
    'x-forwarded-for': hops.filter((hop) => hop !== '').join(', '),
    'x-forwarded-proto': 'http',
    ...(headers.host && { 'x-forwarded-host': headers.host }),
  };
}

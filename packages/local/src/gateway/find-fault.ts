import { type IncomingMessage } from 'node:http';
import { connectionOptions } from './hop-by-hop.js';

/** What a request is read by: a Connection header that names one of them would have it taken away. */
const ESSENTIAL = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'transfer-encoding',
]);
const isEssential = (name: string) => ESSENTIAL.has(name) || name.startsWith('x-forwarded-');

/**
 * Says what is wrong with a request that the server lets pass, and that the gateway and a service might read
 * in two ways (RFC 9112, sections 3.2 and 6.1); undefined for a sound one.
 */
export function findFault({ headers, httpVersion, url = '' }: IncomingMessage): string | undefined {
  if (!url.startsWith('/')) return 'The target of a request is a path.';
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && httpVersion !== '1.1') return 'Transfer-Encoding needs HTTP/1.1.';
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return 'The only transfer coding here is chunked.';
  }
  const named = connectionOptions(headers).find(isEssential);
  return named && `Connection cannot name ${named}.`;
}

import { type IncomingMessage } from 'node:http';
import { connectionOptions } from './hop-by-hop.js';

/** Headers that decide how a request is read: a Connection header that names one would remove it. */
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
 * Finds the fault of a request that the server accepts, but that the gateway and a service might read in
 * two ways (RFC 9112, sections 3.2 and 6.1); undefined for a valid one.
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

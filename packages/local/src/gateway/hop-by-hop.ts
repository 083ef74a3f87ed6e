import { type IncomingHttpHeaders } from 'node:http';

/** They belong to one connection (RFC 9110, 7.6.1 and 11.7); Transfer-Encoding is left to the framing of each side. */
const HOP_BY_HOP = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
] as const;

/** The names in a Connection header, in lower case. */
export const connectionOptions = ({ connection = '' }: IncomingHttpHeaders): string[] =>
  connection.split(',').map((option) => option.trim().toLowerCase());

/** Headers without those of the connection that they came over, and without those that it names. */
export function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const dropped = new Set<string>([...HOP_BY_HOP, ...connectionOptions(headers)]);
  // What says where a body ends is never taken away from it.
  for (const name of ['content-length', 'transfer-encoding']) dropped.delete(name);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

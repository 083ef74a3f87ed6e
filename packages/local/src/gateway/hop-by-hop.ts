import { type IncomingHttpHeaders } from 'node:http';

/** Headers of one connection (RFC 9110, 7.6.1 and 11.7), without Transfer-Encoding, which each side sets. */
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

/** Removes the headers that belong to the connection, and those that its Connection header names. */
export function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const dropped = new Set<string>([...HOP_BY_HOP, ...connectionOptions(headers)]);
  // Headers that mark the end of a body are never removed.
  for (const name of ['content-length', 'transfer-encoding']) dropped.delete(name);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

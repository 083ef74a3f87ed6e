import { type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Address of the client: that of the connection, or the X-Forwarded-For entry of the outermost trusted proxy. The
 * client can forge entries further left.
 */
export function clientAddress(req: IncomingMessage, trustedProxyHops: number): string {
  const connected = req.socket.remoteAddress ?? 'unknown';
  if (trustedProxyHops === 0) return connected;
  const header = req.headers['x-forwarded-for'];
  if (typeof header !== 'string') return connected;
  const hops = header.split(',').map((hop) => hop.trim());
  const address = hops[Math.max(0, hops.length - trustedProxyHops)];
  return address !== undefined && isIP(address) !== 0 ? address : connected;
}

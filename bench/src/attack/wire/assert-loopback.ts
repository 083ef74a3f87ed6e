import { isIPv4 } from 'node:net';

/** Throws unless the host is a loopback address of this machine: attacks must not leave it. */
export function assertLoopback(host: string): void {
  const bare = host.replace(/^\[|\]$/g, '');
  const isLoopback =
    (isIPv4(bare) && bare.startsWith('127.')) || bare === '::1' || bare === 'localhost';
  if (!isLoopback) throw new Error(`${host} is not loopback: attacks go to this machine only.`);
}

import net, { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { type EgressGuard } from './egress-guard.js';
import { trustedBesides } from './trusted-besides.js';

/** Opens a connection to a host by way of the proxy; rejects with why there is none. */
export type OpenTunnel = (host: string, port: number) => Promise<Socket>;

export type TunnelOptions = {
  /** `http://user:password@host:port`, or https. */
  proxy: URL;
  guard: Pick<EgressGuard, 'lookup' | 'assertAddress'>;
  /** Certificates in PEM that are trusted besides the usual ones. */
  authorities: string | undefined;
  timeoutMs?: number;
};

const TUNNEL_TIMEOUT_MS = 10_000;
/** Longest head of the proxy's answer, bytes. */
const MAX_HEAD_BYTES = 8_192;
const END_OF_HEAD = '\r\n\r\n';

/**
 * Tunnels by CONNECT. The guard resolves and checks the name here, and the proxy is asked for the checked address, so that
 * it cannot be led to another one. The proxy itself is the operator's: its own address is not checked.
 */
export function createTunnels(options: TunnelOptions): OpenTunnel {
  const { proxy, guard, authorities, timeoutMs = TUNNEL_TIMEOUT_MS } = options;
  return async function openTunnel(host, port) {
    const address = await checkedAddress(guard, host);
    const socket = connectTo(proxy, authorities);
    const timer = setTimeout(() => {
      socket.destroy(new Error(`the egress proxy did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      await requestTunnel(
        socket,
        `${isIP(address) === 6 ? `[${address}]` : address}:${port}`,
        proxy,
      );
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

const checkedAddress = async (guard: TunnelOptions['guard'], host: string): Promise<string> => {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) {
    guard.assertAddress(bare);
    return bare;
  }
  return await new Promise((resolve, reject) => {
    guard.lookup(bare, { all: false }, (error, address) => {
      if (error) reject(error);
      else if (typeof address === 'string') resolve(address);
      else reject(new Error('The guard answered with a list of addresses.'));
    });
  });
};

function connectTo(proxy: URL, authorities: string | undefined): Socket {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  if (proxy.protocol !== 'https:') return net.connect({ host, port: Number(proxy.port || 80) });
  return tls.connect({
    host,
    port: Number(proxy.port || 443),
    ...(isIP(host) === 0 && { servername: host }),
    ...trustedBesides(authorities),
  });
}

/** Resolves when the proxy has opened the tunnel. What it sends beyond its head belongs to the other side. */
async function requestTunnel(socket: Socket, target: string, proxy: URL): Promise<void> {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (proxy.username !== '') {
    const given = [proxy.username, proxy.password].map(decodeURIComponent).join(':');
    lines.push(`Proxy-Authorization: Basic ${Buffer.from(given).toString('base64')}`);
  }
  socket.write(`${lines.join('\r\n')}${END_OF_HEAD}`);
  await new Promise<void>((resolve, reject) => {
    let head = Buffer.alloc(0);
    const fail = (error: Error): void => end(() => reject(error));
    const onClose = (): void => fail(new Error('the egress proxy closed the connection'));
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(new Error(`the egress proxy cannot be used: ${error.code ?? error.message}`));
    const onReadable = (): void => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk;
        chunk = socket.read() as Buffer | null
      ) {
        head = Buffer.concat([head, chunk]);
        const length = head.indexOf(END_OF_HEAD);
        if (length < 0 && head.length > MAX_HEAD_BYTES) {
          fail(new Error('the egress proxy sent no answer that can be read'));
          return;
        }
        if (length < 0) continue;
        const rest = head.subarray(length + END_OF_HEAD.length);
        const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, length)) ?? [];
        if (status !== '200') {
          fail(new Error(`the egress proxy refused the connection: ${status ?? 'no status'}`));
          return;
        }
        end(resolve);
        if (rest.length > 0) socket.unshift(rest);
        return;
      }
    };
    const end = (then: () => void): void => {
      socket.off('readable', onReadable).off('close', onClose).off('error', onError);
      then();
    };
    socket.on('readable', onReadable).once('close', onClose).once('error', onError);
  });
}

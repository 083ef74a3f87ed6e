import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { findFreePort } from '@calseta/local';

/** A connection between two processes that can be made to fail. */
export type TcpProxy = AsyncDisposable & {
  port: number;
  /** Resets all connections, in the middle of their data. */
  reset: () => void;
  /** Resets them and accepts no more until it is healed. */
  cut: () => void;
  heal: () => void;
};

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const follow = (one: Socket, other: Socket) => {
    sockets.add(one);
    one.pipe(other);
    one.on('error', () => undefined);
    one.on('close', () => {
      sockets.delete(one);
      other.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    follow(client, upstream);
    follow(upstream, client);
  });
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    reset,
    cut: () => {
      isCut = true;
      reset();
    },
    heal: () => {
      isCut = false;
    },
    [Symbol.asyncDispose]: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

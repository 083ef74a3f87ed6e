import { type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';
import { type OpenTunnel } from './proxy-tunnel.js';

export type GuardedConnector = {
  connect: buildConnector.connector;
  /** True while a new connection is handed over: a request that starts now is its first. */
  isHandingOver(): boolean;
  /** Cancels pending connections, which the pool does not know yet. */
  destroy(): void;
};

/** The real type; undici's types omit the returned socket. */
type Open = (options: buildConnector.Options, callback: (error: Error | null) => void) => Socket;

/** Connects only to addresses that the guard allows. */
export function createGuardedConnector(
  guard: EgressGuard,
  options: buildConnector.BuildOptions,
  tunnel?: OpenTunnel,
): GuardedConnector {
  const open = buildConnector({ ...options, lookup: guard.lookup }) as unknown as Open;
  const connecting = new Set<Socket>();
  let isHandingOver = false;
  const handOver = (socket: Socket, callback: buildConnector.Callback): void => {
    isHandingOver = true;
    callback(null, socket);
    isHandingOver = false;
  };
  const openFor = (given: buildConnector.Options, callback: buildConnector.Callback): Socket => {
    const socket = open(given, (error) => {
      connecting.delete(socket);
      const failure = error ?? socket.errored;
      if (failure) callback(failure, null);
      else handOver(socket, callback);
    });
    connecting.add(socket);
    return socket;
  };
  const openThrough = async (
    openTunnel: OpenTunnel,
    given: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> => {
    const isTls = given.protocol === 'https:';
    try {
      const httpSocket = await openTunnel(given.hostname, Number(given.port || (isTls ? 443 : 80)));
      if (isTls) openFor({ ...given, httpSocket }, callback);
      else handOver(httpSocket.setNoDelay(true), callback);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
    }
  };
  return {
    connect(given, callback) {
      if (tunnel) void openThrough(tunnel, given, callback);
      else refuseOnConnect(guard, openFor(given, callback));
    },
    isHandingOver: () => isHandingOver,
    destroy() {
      for (const socket of connecting) socket.destroy();
      connecting.clear();
    },
  };
}

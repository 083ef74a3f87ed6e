import { type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';

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
): GuardedConnector {
  const open = buildConnector({ ...options, lookup: guard.lookup }) as unknown as Open;
  const connecting = new Set<Socket>();
  let isHandingOver = false;
  return {
    connect(options, callback) {
      const socket = open(options, (error) => {
        connecting.delete(socket);
        const failure = error ?? socket.errored;
        if (failure) {
          callback(failure, null);
          return;
        }
        isHandingOver = true;
        callback(null, socket);
        isHandingOver = false;
      });
      connecting.add(socket);
      refuseOnConnect(guard, socket);
    },
    isHandingOver: () => isHandingOver,
    destroy() {
      for (const socket of connecting) socket.destroy();
      connecting.clear();
    },
  };
}

import { type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';

export type GuardedConnector = {
  connect: buildConnector.connector;
  /** Whether a new connection is being handed over: a request that starts meanwhile is its first. */
  isHandingOver(): boolean;
  /** Gives up what is still connecting, which the pool of connections does not know yet. */
  destroy(): void;
};

/** As it is; its types do not say that it returns the socket. */
type Open = (options: buildConnector.Options, callback: (error: Error | null) => void) => Socket;

/** Opens connections to none but addresses that the guard has passed. */
export function createGuardedConnector(guard: EgressGuard, timeoutMs: number): GuardedConnector {
  const open = buildConnector({ lookup: guard.lookup, timeout: timeoutMs }) as unknown as Open;
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

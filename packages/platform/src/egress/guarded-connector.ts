import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { type EgressGuard, refusalOf } from './egress-guard.js';

export type GuardedConnector = {
  connect: buildConnector.connector;
  /** Whether a new connection is being handed over: a request that starts meanwhile is its first. */
  isHandingOver(): boolean;
  /** Gives up what is still connecting, which the pool of connections does not know yet. */
  destroy(): void;
};

/** As it is; its types do not say that it returns the socket. */
type Open = (options: buildConnector.Options, callback: buildConnector.Callback) => Socket;

/**
 * Opens connections to none but addresses that the guard has passed. `lookup` checks names and callers check
 * literals; what the socket is really connected to is checked here, before anything is written to it.
 */
export function createGuardedConnector(guard: EgressGuard, timeoutMs: number): GuardedConnector {
  const open = buildConnector({ lookup: guard.lookup, timeout: timeoutMs }) as unknown as Open;
  const connecting = new Set<Socket>();
  let isHandingOver = false;
  return {
    connect(options, callback) {
      let refusal: Error | undefined;
      const socket = open(options, (...[error, connected]) => {
        connecting.delete(socket);
        const failure = refusal ?? error;
        if (failure) {
          callback(failure, null);
        } else if (connected) {
          isHandingOver = true;
          callback(null, connected);
          isHandingOver = false;
        }
      });
      connecting.add(socket);
      // Before the listener of TLS, which greets the other side.
      socket.prependOnceListener('connect', () => {
        refusal = refusalOf(guard, socket.remoteAddress);
        if (refusal) socket.destroy(refusal);
      });
    },
    isHandingOver: () => isHandingOver,
    destroy() {
      for (const socket of connecting) socket.destroy();
      connecting.clear();
    },
  };
}

import { buildConnector } from 'undici';
import { type EgressGuard, refusalOf } from './egress-guard.js';

/** DNS and TLS included; a request waits for one no longer than its own time. */
export const CONNECT_TIMEOUT_MS = 10_000;

export type GuardedConnector = {
  connect: buildConnector.connector;
  /** Whether a new connection is being handed over: a request that starts meanwhile is its first. */
  isHandingOver(): boolean;
};

/**
 * Opens connections to none but addresses that the guard has passed. `lookup` checks names and callers check
 * literals; what the socket is really connected to is checked here, before anything of a request is written.
 */
export function createGuardedConnector(guard: EgressGuard): GuardedConnector {
  const open = buildConnector({ lookup: guard.lookup, timeout: CONNECT_TIMEOUT_MS });
  let isHandingOver = false;
  return {
    connect: (options, callback) =>
      open(options, (...[error, socket]) => {
        if (error) {
          callback(error, null);
          return;
        }
        const refusal = refusalOf(guard, socket.remoteAddress);
        if (refusal) {
          socket.destroy();
          callback(refusal, null);
          return;
        }
        isHandingOver = true;
        callback(null, socket);
        isHandingOver = false;
      }),
    isHandingOver: () => isHandingOver,
  };
}

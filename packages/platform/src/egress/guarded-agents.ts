import http from 'node:http';
import https from 'node:https';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';
import { trustedBesides } from './trusted-besides.js';

export type PoolLimits = {
  /** Maximum number of connections to one origin; further requests wait. */
  maxSocketsPerOrigin: number;
  /** Maximum number of idle connections kept per origin. */
  maxIdleSocketsPerOrigin: number;
  idleTimeoutMs: number;
};

export const DEFAULT_POOL_LIMITS: PoolLimits = {
  maxSocketsPerOrigin: 128,
  maxIdleSocketsPerOrigin: 16,
  idleTimeoutMs: 15_000,
};

export type GuardedAgents = { http: http.Agent; https: https.Agent; destroy(): void };

type Connect<Options> = (
  options: Options,
  callback?: (error: Error | null, stream: Duplex) => void,
) => Duplex | null | undefined;

/** Keep-alive agents that connect only to addresses that the guard allows. */
export function createGuardedAgents(
  guard: EgressGuard,
  limits: PoolLimits,
  authorities?: string,
): GuardedAgents {
  const options: https.AgentOptions = {
    keepAlive: true,
    maxSockets: limits.maxSocketsPerOrigin,
    maxFreeSockets: limits.maxIdleSocketsPerOrigin,
    timeout: limits.idleTimeoutMs,
    lookup: guard.lookup,
  };
  const agents = {
    http: new http.Agent(options),
    https: new https.Agent({ ...options, ...trustedBesides(authorities) }),
  };
  agents.http.createConnection = guarded(guard, agents.http.createConnection.bind(agents.http));
  agents.https.createConnection = guarded(guard, agents.https.createConnection.bind(agents.https));
  return {
    ...agents,
    destroy() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** A destroyed socket sends nothing. */
function guarded<Options>(guard: EgressGuard, connect: Connect<Options>): Connect<Options> {
  return (options, callback) => {
    const socket = connect(options, callback) as Socket | undefined;
    if (socket) refuseOnConnect(guard, socket);
    return socket;
  };
}

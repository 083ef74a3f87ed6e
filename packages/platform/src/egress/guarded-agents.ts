import http from 'node:http';
import https from 'node:https';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';

export type PoolLimits = {
  /** Connections to one origin at a time; further requests wait for one. */
  maxSocketsPerOrigin: number;
  /** Idle connections kept open per origin. */
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

/** Keep-alive agents whose every connection goes to an address that the guard has passed. */
export function createGuardedAgents(guard: EgressGuard, limits: PoolLimits): GuardedAgents {
  const options: https.AgentOptions = {
    keepAlive: true,
    maxSockets: limits.maxSocketsPerOrigin,
    maxFreeSockets: limits.maxIdleSocketsPerOrigin,
    timeout: limits.idleTimeoutMs,
    lookup: guard.lookup,
  };
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
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

/** A destroyed socket sends no byte. */
function guarded<Options>(guard: EgressGuard, connect: Connect<Options>): Connect<Options> {
  return (options, callback) => {
    const socket = connect(options, callback) as Socket | undefined;
    if (socket) refuseOnConnect(guard, socket);
    return socket;
  };
}

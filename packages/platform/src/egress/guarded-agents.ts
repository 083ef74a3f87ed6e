import http from 'node:http';
import https from 'node:https';
import { type Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { type EgressGuard, refuseOnConnect } from './egress-guard.js';
import { type OpenTunnel } from './proxy-tunnel.js';
import { trustedBesides } from './trusted-besides.js';

export type PoolLimits = {
  /** Maximum number of connections to one origin; further requests wait. */
  maxSocketsPerOrigin: number;
  /** Maximum number of idle connections kept per origin; 0: each request has a connection of its own. */
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
  given: { authorities?: string | undefined; tunnel?: OpenTunnel | undefined } = {},
): GuardedAgents {
  const { authorities, tunnel } = given;
  const options: https.AgentOptions = {
    // Node reads 0 as its own default of 256.
    ...(limits.maxIdleSocketsPerOrigin > 0
      ? { keepAlive: true, maxFreeSockets: limits.maxIdleSocketsPerOrigin }
      : { keepAlive: false }),
    maxSockets: limits.maxSocketsPerOrigin,
    timeout: limits.idleTimeoutMs,
    lookup: guard.lookup,
  };
  const agents = {
    http: new http.Agent(options),
    https: new https.Agent({ ...options, ...trustedBesides(authorities) }),
  };
  const { http: plain, https: secure } = agents;
  if (tunnel) {
    plain.createConnection = tunnelled(tunnel, (_options, socket) => socket);
    const overTls = secure.createConnection.bind(secure);
    secure.createConnection = tunnelled(tunnel, (options, socket) =>
      overTls(Object.assign({}, options, { socket })),
    );
  } else {
    plain.createConnection = guarded(guard, plain.createConnection.bind(plain));
    secure.createConnection = guarded(guard, secure.createConnection.bind(secure));
  }
  return {
    ...agents,
    destroy() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

type Target = { host?: string | null; port?: string | number | null };

/** Connects by way of the proxy, then as `wrap` says. */
function tunnelled<Options extends Target>(
  openTunnel: OpenTunnel,
  wrap: (options: Options, socket: Socket) => Duplex | null | undefined,
): Connect<Options> {
  return (options, callback) => {
    openTunnel(String(options.host), Number(options.port)).then(
      (socket) => callback?.(null, wrap(options, socket) ?? socket),
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        // Node's types ask for a stream beside the error.
        callback?.(failure, new PassThrough());
      },
    );
    return undefined;
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

import { createHash } from 'node:crypto';
import { Agent } from 'undici';
import { type EgressGuard } from './egress-guard.js';
import { type PoolLimits } from './guarded-agents.js';
import { createGuardedConnector, type GuardedConnector } from './guarded-connector.js';
import { type OpenTunnel } from './proxy-tunnel.js';
import { trustedBesides } from './trusted-besides.js';

/** All in PEM. */
export type TlsIdentity = {
  /** Authorities that are trusted besides the usual ones. */
  ca?: string | undefined;
  /** The client certificate, with its chain. */
  certificate?: string | undefined;
  key?: string | undefined;
};

export type TlsPool = { agent: Agent; connector: GuardedConnector };

export type TlsPools = {
  /** The connections that are made with this identity; none is shared with another. */
  of(identity: TlsIdentity | undefined): TlsPool;
  destroy(): Promise<void>;
};

export type TlsPoolsOptions = {
  guard: EgressGuard;
  limits: Pick<PoolLimits, 'maxSocketsPerOrigin' | 'idleTimeoutMs'>;
  connectTimeoutMs: number;
  authorities: string | undefined;
  /** By way of the proxy, where there is one. */
  tunnel?: OpenTunnel | undefined;
};

/** Identities whose connections are kept; the one that was made first goes first. */
const MAX_POOLS = 500;

export function createTlsPools(options: TlsPoolsOptions): TlsPools {
  const { idleTimeoutMs } = options.limits;
  const open = (identity: TlsIdentity | undefined): TlsPool => {
    const connector = createGuardedConnector(
      options.guard,
      { timeout: options.connectTimeoutMs, ...toTlsOptions(identity, options.authorities) },
      options.tunnel,
    );
    const agent = new Agent({
      connect: connector.connect,
      connections: options.limits.maxSocketsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: idleTimeoutMs,
      // Each request has its own overall time-out.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { agent, connector };
  };

  const usual = open(undefined);
  const pools = new Map<string, TlsPool>();
  const keep = (key: string, pool: TlsPool): TlsPool => {
    const [oldest] = pools;
    if (oldest && pools.size >= MAX_POOLS) {
      pools.delete(oldest[0]);
      // Ends once its requests have.
      void oldest[1].agent.close();
    }
    pools.set(key, pool);
    return pool;
  };

  return {
    of(identity) {
      if (!identity) return usual;
      const key = keyOf(identity);
      return pools.get(key) ?? keep(key, open(identity));
    },
    async destroy() {
      for (const { agent, connector } of [usual, ...pools.values()]) {
        connector.destroy();
        await agent.destroy();
      }
    },
  };
}

function keyOf({ ca = '', certificate = '', key = '' }: TlsIdentity): string {
  const hash = createHash('sha256');
  for (const part of [ca, certificate, key]) hash.update(`${part.length}:${part}`);
  return hash.digest('base64');
}

const toTlsOptions = (identity: TlsIdentity | undefined, authorities: string | undefined) => ({
  ...trustedBesides(authorities, identity?.ca),
  ...(identity?.certificate !== undefined && { cert: identity.certificate }),
  ...(identity?.key !== undefined && { key: identity.key }),
});

import { readFileSync } from 'node:fs';
import { type Config } from '../config/load-config.js';
import { type Metrics } from '../telemetry/metrics.js';
import { type egressConfig } from './egress-config.js';
import { assertCertificates } from '@calseta/common';
import { createEgressGuard, type EgressGuard } from './egress-guard.js';
import { createTunnels, type OpenTunnel } from './proxy-tunnel.js';
import { createNameResolver, LOOKUP_OUTCOMES } from './resolver/create-name-resolver.js';

export type Egress = {
  guard: EgressGuard;
  /** Certificates in PEM that are trusted besides the usual ones. */
  authorities: string | undefined;
  /** Where calls go through the proxy of the configuration. */
  tunnel: OpenTunnel | undefined;
  /** Cancels lookups in progress. */
  close(): void;
};

/** Creates the configured guard and resolver. */
export function createEgress(config: Config<typeof egressConfig>, metrics: Metrics): Egress {
  const lookups = metrics.counter(
    'calseta_name_lookups_total',
    'Names that DNS was asked for, to call out.',
    { outcome: LOOKUP_OUTCOMES },
  );
  const resolver = createNameResolver({
    servers: config.EGRESS_DNS_SERVERS,
    onLookup: (outcome) => lookups.inc({ outcome }),
  });
  const guard = createEgressGuard({
    allow: config.CALSETA_EGRESS_ALLOW,
    resolve: resolver.resolve,
  });
  const authorities = readAuthorities(config);
  const proxy = config.CALSETA_EGRESS_PROXY?.reveal();
  const tunnel =
    proxy === undefined ? undefined : createTunnels({ proxy: new URL(proxy), guard, authorities });
  return { guard, authorities, tunnel, close: resolver.close };
}

/** Throws when the file cannot be read, or holds no certificate. */
function readAuthorities({
  CALSETA_EGRESS_CA_FILE: path,
}: Pick<Config<typeof egressConfig>, 'CALSETA_EGRESS_CA_FILE'>): string | undefined {
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    assertCertificates(text);
    return text;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`CALSETA_EGRESS_CA_FILE cannot be used: ${reason}`, { cause: error });
  }
}

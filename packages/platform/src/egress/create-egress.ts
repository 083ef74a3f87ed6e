import { type Config } from '../config/load-config.js';
import { type Metrics } from '../telemetry/metrics.js';
import { type egressConfig } from './egress-config.js';
import { createEgressGuard, type EgressGuard } from './egress-guard.js';
import { createNameResolver, LOOKUP_OUTCOMES } from './resolver/create-name-resolver.js';

export type Egress = {
  guard: EgressGuard;
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
  return { guard, close: resolver.close };
}

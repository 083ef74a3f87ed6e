import { makeMessage, SUBSCRIPTIONS } from '@calseta/common';
import { type Database } from '@calseta/database';
import { quietTelemetry, type RunningStage, startStageService } from '@calseta/testing/services';
import { type EnricherConfig } from '../../src/config.js';
import { type RegisteredProvider } from '../../src/domain/provider.js';
import { createEnricher } from '../../src/service.js';

export const telemetry = quietTelemetry();

export const SETTINGS: EnricherConfig = {
  AMQP_PREFETCH: 32,
  SWEEP_INTERVAL_MS: 60_000,
  SWEEP_BATCH_SIZE: 100,
  CALSETA_OWN_DOMAINS: new Set<string>(),
  ENRICHMENT_DEADLINE_MS: 10_000,
  ENRICHMENT_MAX_INDICATORS: 5_000,
  WAITING_LOOKUPS_MAX_COUNT: 1_000,
  WAITING_LOOKUPS_MAX_SECONDS: 86_400,
  WAITING_LOOKUPS_INTERVAL_MS: 100,
  CALSETA_EGRESS_ALLOW: ['127.0.0.0/8'],
  EGRESS_DNS_SERVERS: [],
  NODE_ENV: 'test',
  CALSETA_ENCRYPTION_KEY: undefined,
  THREAT_LISTS_DIR: undefined,
  IP_INTEL_FILE: undefined,
};

export type RunningEnricher = RunningStage & {
  extracted(alertId: string, more?: { revision?: number }): Promise<void>;
};

/** An enricher on a transport of its own. */
export async function startEnricher(
  database: Database,
  providers: readonly RegisteredProvider[] = [],
  settings: Partial<EnricherConfig> & Readonly<Record<string, unknown>> = {},
): Promise<RunningEnricher> {
  const config = { ...SETTINGS, ...settings };
  const stage = await startStageService(
    SUBSCRIPTIONS.dispatcher,
    async (transport) =>
      await createEnricher({ config, database, transport, telemetry, providers }),
  );
  return {
    ...stage,
    extracted: async (alertId, { revision = 1 } = {}) =>
      await stage.transport.publish(
        makeMessage({ type: 'alert.extracted', alertId, revision, severity: 'High' }),
      ),
  };
}

import { makeMessage, SUBSCRIPTIONS } from '@calseta/common';
import { type Database } from '@calseta/database';
import { quietTelemetry, type RunningStage, startStageService } from '@calseta/testing/services';
import { type ExtractorConfig } from '../../src/config.js';
import { createExtractor } from '../../src/service.js';

export const telemetry = quietTelemetry();

const SETTINGS: ExtractorConfig = {
  AMQP_PREFETCH: 32,
  SWEEP_INTERVAL_MS: 60_000,
  SWEEP_BATCH_SIZE: 100,
  EXTRACTION_MAX_BYTES: 8_388_608,
  CALSETA_OWN_DOMAINS: new Set<string>(),
};

export type RunningExtractor = RunningStage & {
  ingested(alertId: string, more?: { revision?: number }): Promise<void>;
};

/** An extractor on a transport of its own. */
export async function startExtractor(
  database: Database,
  settings: Partial<ExtractorConfig> = {},
): Promise<RunningExtractor> {
  const config = { ...SETTINGS, ...settings };
  const stage = await startStageService(
    SUBSCRIPTIONS.enricher,
    async (transport) => await createExtractor({ config, database, transport, telemetry }),
  );
  return {
    ...stage,
    ingested: async (alertId, { revision = 1 } = {}) =>
      await stage.transport.publish(
        makeMessage({ type: 'alert.ingested', alertId, revision, severity: 'Medium' }),
      ),
  };
}

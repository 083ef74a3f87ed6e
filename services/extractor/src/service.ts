import { batched } from '@calseta/async';
import { SUBSCRIPTIONS } from '@calseta/common';
import {
  createExtractionStore,
  createStageStore,
  type Database,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport, runStage } from '@calseta/messaging';
import { mappingsBySource } from '@calseta/indicators';
import { logFailures, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type ExtractorConfig } from './config.js';
import { alertExtraction } from './extract-alerts.js';
import { alertIngestedHandler } from './handle-alert-ingested.js';

export { extractorConfig, extractorProcessConfig } from './config.js';

export type ExtractorDeps = {
  config: ExtractorConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
};

/** Alerts whose payloads, of up to a mebibyte each, are in memory at once. */
const MAX_PAYLOADS_READ = 32;

/** Consumes alert.ingested: indicators, their links, the detection rule. */
export async function createExtractor(deps: ExtractorDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const store = createExtractionStore(database);
  const configuration = watchConfig(database, {
    onError: logFailures(telemetry.log, 'config.stale'),
    metrics: telemetry.metrics,
  });
  const mappings = configuration.cached(async () => mappingsBySource(await store.loadMappings()));
  const mappedInPart = telemetry.metrics.counter(
    'calseta_alerts_mapped_in_part_total',
    'Alerts of which a limit left the indicator mappings something unread; they have a note.',
    {},
  );
  const extractAlerts = alertExtraction({
    store,
    mappings: () => mappings.get(),
    ownDomains: config.CALSETA_OWN_DOMAINS,
    onCut: () => mappedInPart.inc(),
  });
  const stage = await runStage({
    subscription: SUBSCRIPTIONS.extractor,
    handler: alertIngestedHandler({
      extractAlert: batched(extractAlerts, { maxItems: MAX_PAYLOADS_READ }),
      saveExtraction: batched(store.save),
    }),
    store: createStageStore(database),
    transport,
    telemetry,
    config,
  });

  return {
    name: 'extractor',
    schema: database.schema,
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await stage.drain();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

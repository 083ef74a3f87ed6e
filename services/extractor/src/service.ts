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
import { alertIngestedHandler, type WeighedExtraction } from './handle-alert-ingested.js';
import { extractionLanes } from './with-extracted.js';

export { extractorConfig, extractorProcessConfig } from './config.js';

export type ExtractorDeps = {
  config: ExtractorConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
};

/** Of the bytes that a lane may hold, one transaction saves this part: while it is written, memory holds it several times. */
const SAVED_TOGETHER = 0.5;

/** Consumes alert.ingested: indicators, their links, the detection rule. */
export async function createExtractor(deps: ExtractorDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const { EXTRACTION_MAX_BYTES: maxBytes } = config;
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
  const heldBack = telemetry.metrics.counter(
    'calseta_extractions_held_total',
    'Batches of alerts that waited because those before them held EXTRACTION_MAX_BYTES of indicators to save.',
    {},
  );
  const stage = await runStage({
    subscription: SUBSCRIPTIONS.extractor,
    handler: alertIngestedHandler({
      withExtracted: extractionLanes({
        store,
        mappings: () => mappings.get(),
        ownDomains: config.CALSETA_OWN_DOMAINS,
        onCut: () => mappedInPart.inc(),
        maxBytes,
        onWait: () => heldBack.inc(),
      }),
      saveExtraction: batched<WeighedExtraction, boolean>(store.save, {
        weight: { of: ({ bytes }) => bytes, max: maxBytes * SAVED_TOGETHER },
      }),
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

import { createMicroBatcher, WORKER_BATCHES } from '@calseta/async';
import { SUBSCRIPTIONS } from '@calseta/common';
import {
  createExtractionStore,
  createStageStore,
  type Database,
  type Extraction,
  watchConfig,
} from '@calseta/database';
import { createStageObserver, type PipelineTransport, startStage } from '@calseta/messaging';
import { logFailures, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type ExtractorConfig } from './config.js';
import { mappingsBySource } from './domain/mappings-by-source.js';
import { createExtractAlert } from './extract-alert.js';
import { createHandleAlertIngested } from './handle-alert-ingested.js';
import { createReadAlerts } from './read-alerts.js';

export { extractorConfig, extractorProcessConfig } from './config.js';

export type ExtractorDeps = {
  config: ExtractorConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
};

/** Alerts whose payloads, of up to a mebibyte each, are held at once. */
const MAX_PAYLOADS_READ = 32;

/** Consumes alert.ingested: indicators, their links, the detection rule. */
export async function createExtractor(deps: ExtractorDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const store = createExtractionStore(database);
  const configuration = watchConfig(database, {
    onError: logFailures(telemetry.log, 'config.stale'),
  });
  const mappings = configuration.cached(async () => mappingsBySource(await store.loadMappings()));
  const mappedInPart = telemetry.metrics.counter(
    'calseta_alerts_mapped_in_part_total',
    'Alerts of which a limit left the indicator mappings something unread; they have a note.',
    {},
  );
  const reads = createMicroBatcher({
    ...WORKER_BATCHES,
    maxItems: MAX_PAYLOADS_READ,
    run: createReadAlerts({
      load: async (ids) => await store.load(ids),
      extract: createExtractAlert({
        mappingsOf: async (sourceName) => (await mappings.get())(sourceName),
        ownDomains: config.CALSETA_OWN_DOMAINS,
        onCut: () => mappedInPart.inc(),
      }),
    }),
  });
  const saves = createMicroBatcher({
    ...WORKER_BATCHES,
    run: (items: Extraction[]) => store.save(items),
  });

  const handler = createHandleAlertIngested({
    readAlert: (id) => reads.add(id),
    saveExtraction: (extraction) => saves.add(extraction),
  });
  const stage = await startStage({
    subscription: SUBSCRIPTIONS.extractor,
    handler,
    transport,
    alerts: createStageStore(database),
    observer: createStageObserver(SUBSCRIPTIONS.extractor, telemetry),
    config,
  });

  return {
    name: 'extractor',
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await stage.drain();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

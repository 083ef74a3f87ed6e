import { AppError, SUBSCRIPTIONS } from '@calseta/common';
import {
  createExtractionStore,
  createMicroBatcher,
  createStageStore,
  type Database,
  type Extraction,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport, startSweeper } from '@calseta/messaging';
import { type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type ExtractorSettings } from './config.js';
import { createExtractAlert } from './extract-alert.js';
import { createHandleAlertIngested } from './handle-alert-ingested.js';

export { extractorConfig, type ExtractorSettings } from './config.js';

export type ExtractorDeps = {
  config: ExtractorSettings;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
};

const SUBSCRIPTION = SUBSCRIPTIONS.extractor;
/** More than are ever in work together; the prefetch is what bounds them. */
const BATCHES = { maxItems: 64, maxWaitMs: 2, maxConcurrentBatches: 3, maxQueued: 10_000 };

/** Consumes alert.ingested: indicators, their links, the detection rule. */
export async function createExtractor(deps: ExtractorDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const store = createExtractionStore(database);
  const stages = createStageStore(database);
  const configuration = watchConfig(database, {
    onError: (error) => telemetry.log.warn('config.stale', { error }),
  });
  const mappings = configuration.cached(() => store.loadMappings());
  const loads = createMicroBatcher({ ...BATCHES, run: (ids: string[]) => store.load(ids) });
  const saves = createMicroBatcher({
    ...BATCHES,
    run: (items: Extraction[]) => store.save(items),
  });

  const handler = createHandleAlertIngested({
    loadAlert: (id) => loads.add(id),
    extract: createExtractAlert(mappings),
    saveExtraction: (extraction) => saves.add(extraction),
  });
  const consumer = await transport.consume(SUBSCRIPTION, handler, {
    prefetch: config.AMQP_PREFETCH,
    observer: telemetry.messageObserver,
    onDeadLetter: async (message, error) => {
      await stages.markFailed({
        alertId: message.alert_id,
        revision: message.revision,
        code: error instanceof AppError ? error.code : 'internal.error',
        reason: error.message,
        actor: SUBSCRIPTION.service,
      });
    },
  });
  const labels = { subscription: SUBSCRIPTION.service };
  const sweeper = startSweeper({
    subscription: SUBSCRIPTION,
    intervalMs: config.SWEEP_INTERVAL_MS,
    batchSize: config.SWEEP_BATCH_SIZE,
    claim: (limit) => stages.claimStalled('ingested', limit),
    transport,
    onSwept: (count) => telemetry.metrics.alertsSwept.inc(labels, count),
    onError: (error) => {
      telemetry.metrics.sweepFailures.inc(labels);
      telemetry.log.warn('sweep.failed', { ...labels, error });
    },
  });

  return {
    name: 'extractor',
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await sweeper.drain();
      await consumer.drain();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

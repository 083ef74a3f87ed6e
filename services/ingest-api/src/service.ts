import {
  createApiKeyStore,
  createIngestStore,
  createMicroBatcher,
  createSourceStore,
  type Database,
  type IngestItem,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import {
  createAuthenticator,
  type ServiceInstance,
  serveRequest,
  type Telemetry,
} from '@calseta/platform';
import { createBodyMemory } from './body/body-memory.js';
import { type IngestApiConfig } from './config.js';
import { createIngestedPublisher } from './publish-ingested.js';
import { createTrafficRecorder } from './record-traffic.js';
import { createPostIngest } from './routes/post-ingest.js';
import { sourcePlugin } from './sources/registry.js';

export { type IngestApiConfig, ingestApiConfig, ingestApiProcessConfig } from './config.js';

export type IngestApiDeps = {
  config: IngestApiConfig & { HTTP_TRUSTED_PROXY_HOPS: number };
  database: Database;
  transport: Pick<PipelineTransport, 'publish'>;
  telemetry: Telemetry;
};

/** 64 rows are where larger batches stop paying; two milliseconds are what a single alert waits at most. */
const BATCHES = { maxItems: 64, maxWaitMs: 2, maxConcurrentBatches: 4 };

/** The door: authenticates, reads, deduplicates, commits, answers 202, and then tells the extractor. */
export async function createIngestApi(deps: IngestApiDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const { log, metrics } = telemetry;
  const apiKeys = createApiKeyStore(database);
  const authenticator = createAuthenticator({
    findKey: apiKeys.find,
    touch: apiKeys.touch,
    onTouchError: (error) => log.warn('api_keys.touch_failed', { error }),
  });
  const configuration = watchConfig(database, {
    onError: (error) => log.warn('config.stale', { error }),
  });
  const sources = createSourceStore(database);
  const knownSources = configuration.cached(
    async () => new Map((await sources.listForIngest()).map((source) => [source.name, source])),
  );
  await knownSources.get();
  const traffic = createTrafficRecorder({
    addTraffic: sources.addTraffic,
    onError: (error) => log.warn('sources.traffic_failed', { error }),
  });
  const store = createIngestStore(database);
  const batcher = createMicroBatcher({
    ...BATCHES,
    maxQueued: config.INGEST_MAX_QUEUED,
    run: (items: IngestItem[]) => store.ingest(items),
  });
  const publisher = createIngestedPublisher({
    transport,
    telemetry,
    maxInFlight: config.INGEST_MAX_PUBLISHING,
  });

  const postIngest = createPostIngest({
    authenticator,
    async findSource(name) {
      const source = (await knownSources.get()).get(name);
      const plugin = source && sourcePlugin(source.plugin);
      return plugin && { source, plugin };
    },
    bodies: createBodyMemory(config.INGEST_MAX_BODY_MEMORY_BYTES),
    store: (item) => batcher.add(item),
    publisher,
    traffic,
    metrics,
  });
  const observation = {
    telemetry,
    trustedProxyHops: config.HTTP_TRUSTED_PROXY_HOPS,
    service: 'ingest-api',
  };

  return {
    name: 'ingest-api',
    handleRequest: (req, res) =>
      serveRequest(req, res, observation, (observed) => postIngest(req, res, observed)),
    readiness: { database: () => database.ping() },
    async drain() {
      await batcher.drain();
      await publisher.drain();
      await traffic.close();
      await authenticator[Symbol.asyncDispose]();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

import { INGEST_ROUTES, REQUESTS } from '@calseta/common';
import {
  createApiKeyStore,
  createExtractionStore,
  createIngestStore,
  createReparseStore,
  createRevisionStore,
  createSourceStore,
  createSubscriptionStore,
  createUnreadTextStore,
  type IngestItem,
  type ConfigWatcher,
  type Database,
  type SourceStore,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import {
  type Cipher,
  cipherOf,
  createAuthenticator,
  expectRoute,
  logFailures,
  OPEN,
  type ServiceInstance,
  serveRequest,
  type Telemetry,
} from '@calseta/platform';
import { mappingsBySource } from '@calseta/indicators';
import { createBodyMemory } from './body/body-memory.js';
import { type IngestApiConfig } from './config.js';
import { verifySignature } from './routes/verify-signature.js';
import { knownSources } from './sources/plugin/known-sources.js';
import { createRateLimiter } from './routes/limit-rate.js';
import { createIngestedPublisher } from './store/publish-ingested.js';
import { createTrafficRecorder } from './store/record-traffic.js';
import { createDryRun } from './requests/respond-dry-run.js';
import { createIngestByRequest, type IngestByRequestDeps } from './requests/respond-ingest.js';
import { createReparse, type ReparseDeps } from './requests/respond-reparse.js';
import { createReparseSource } from './requests/respond-reparse-source.js';
import { createPostIngest, type PostIngestDeps } from './routes/post-ingest.js';
import { countIngested, createStoreAlert } from './store/store-alert.js';
import { createReadIndicators } from './read/read-indicators.js';
import { startRevisions } from './store/start-revisions.js';
import { createTurns } from './read/take-turns.js';
import { SOURCE_PLUGINS } from './sources/registry.js';

export { type IngestApiConfig, ingestApiConfig, ingestApiProcessConfig } from './config.js';

export type IngestApiDeps = {
  config: IngestApiConfig & { HTTP_TRUSTED_PROXY_HOPS: number };
  database: Database;
  transport: Pick<PipelineTransport, 'publish' | 'respond'>;
  telemetry: Telemetry;
};

/**
 * Batches above 256 rows bring no more throughput. While one batch is committed the next is sent, and alerts that
 * arrive meanwhile form a larger one. A single alert waits at most a millisecond, and 32 do not wait: Postgres
 * works on them while the rest of their request is read.
 */
const BATCHES = {
  maxItems: 256,
  enoughItems: 32,
  maxWaitMs: 1,
  maxConcurrentBatches: 2,
  /** While a statement is written, memory holds it several times: escaped, joined, encoded. */
  maxCharacters: 4 * 1024 * 1024,
};

/** Creates missing rows of built-in sources, and finds sources by name in the current configuration. */
async function followSources(
  sources: SourceStore,
  configuration: ConfigWatcher,
  metrics: Telemetry['metrics'],
) {
  await sources.ensureBuiltIn(SOURCE_PLUGINS.map(({ name }) => name));
  const byName = configuration.cached(async () => {
    const known = knownSources(await sources.listForIngest(), metrics);
    countIngested(metrics, [...known.keys()]);
    return known;
  });
  await byName.get();
  return async (name: string) => {
    const known = (await byName.get()).get(name);
    if (known) return known;
    // The source may be newer than the cached configuration.
    await configuration.refresh();
    return (await byName.get()).get(name);
  };
}

/** Answers the requests of alerts-api over the broker. */
async function startResponders(
  { database, transport, telemetry }: IngestApiDeps,
  shared: Omit<ReparseDeps, 'quarantine'> & IngestByRequestDeps,
) {
  const quarantine = createReparseStore(database);
  const reparse = createReparse({ ...shared, quarantine });
  const reparsed = telemetry.metrics.counter(
    'calseta_alerts_reparsed_total',
    'Quarantined alerts that were read again in bulk, by whether they could be.',
    { source: OPEN, outcome: ['read', 'unread'] },
  );
  return [
    await transport.respond(REQUESTS.ingest, createIngestByRequest(shared)),
    await transport.respond(REQUESTS.tryPayload, createDryRun(shared.findSource)),
    await transport.respond(REQUESTS.reparseAlert, reparse),
    await transport.respond(
      REQUESTS.reparseSource,
      createReparseSource({ quarantine, reparse, reparsed }),
    ),
  ];
}

/** Verifies a request with the secrets of its source; a source without secrets accepts every request. */
const signatureVerifier = (cipher: Cipher): PostIngestDeps['verify'] =>
  function verifyBySource({ hmacSecrets }, request) {
    if (hmacSecrets.length === 0) return;
    verifySignature(
      request,
      hmacSecrets.map((encrypted) => cipher.decrypt(encrypted)),
    );
  };

/** Stores alerts and announces them: batches, repeats, revisions, texts that are not JSON, counts. */
function startStoring(
  { config, database, transport, telemetry }: IngestApiDeps,
  configuration: ConfigWatcher,
  sources: SourceStore,
) {
  const { log, metrics } = telemetry;
  const traffic = createTrafficRecorder({
    addTraffic: sources.addTraffic,
    onError: logFailures(log, 'sources.traffic_failed'),
  });
  const extraction = createExtractionStore(database);
  const mappings = configuration.cached(async () =>
    mappingsBySource(await extraction.loadMappings()),
  );
  const store = createIngestStore(
    database,
    { ...BATCHES, maxQueued: config.INGEST_MAX_QUEUED },
    createReadIndicators(async (sourceName) => (await mappings.get())(sourceName)),
  );
  const publisher = createIngestedPublisher({
    transport,
    telemetry,
    maxPending: config.INGEST_MAX_PUBLISHING,
  });

  const unreadTexts = createUnreadTextStore(database, { maxQueued: config.INGEST_MAX_QUEUED });
  const ingested = countIngested(metrics, []);
  const revisions = startRevisions({
    store: createRevisionStore(database),
    policy: { gatheringMs: config.UPDATE_GATHERING_MS, perHour: config.UPDATES_PER_HOUR },
    publisher,
    metrics,
    onError: logFailures(log, 'updates.revision_failed'),
  });
  const storeAlert = createStoreAlert({
    store: store.ingest,
    publisher,
    revisions,
    traffic,
    ingested,
  });
  return {
    storeAlert,
    publisher,
    traffic,
    assertRoom: store.assertRoom,
    keepText: async (item: IngestItem) => {
      ingested.inc({ source: item.sourceName, status: 'quarantined' });
      return await unreadTexts.keep(item);
    },
    async drain() {
      await store.drain();
      await unreadTexts.drain();
      await revisions.stop();
      await publisher.drain();
      await traffic.close();
    },
  };
}

/**
 * Entry point of the pipeline: authenticates, reads, deduplicates, commits, answers 202, then notifies the
 * extractor.
 */
export async function createIngestApi(deps: IngestApiDeps): Promise<ServiceInstance> {
  const { config, database, telemetry } = deps;
  const { log, metrics } = telemetry;
  const apiKeys = createApiKeyStore(database);
  const authenticator = createAuthenticator({
    readLiveKeys: apiKeys.readLive,
    touch: apiKeys.touch,
    onTouchError: logFailures(log, 'api_keys.touch_failed'),
  });
  const configuration = watchConfig(database, {
    onError: logFailures(log, 'config.stale'),
    metrics,
  });
  const sources = createSourceStore(database);
  const findSource = await followSources(sources, configuration, metrics);
  const storing = startStoring(deps, configuration, sources);
  const shared = {
    ...storing,
    findSource,
    rateLimiter: createRateLimiter(),
    inTurn: createTurns(config.INGEST_MAX_WAITING_BODIES),
    log,
  };
  const postIngest = createPostIngest({
    ...shared,
    authenticator,
    bodies: createBodyMemory(config.INGEST_MAX_BODY_MEMORY_BYTES),
    verify: signatureVerifier(cipherOf(config)),
    requestSubscription: createSubscriptionStore(database).request,
  });
  for (const { method, path, responses } of Object.values(INGEST_ROUTES)) {
    expectRoute(metrics, { method, path, statuses: Object.keys(responses).map(Number) });
  }
  const responders = await startResponders(deps, shared);
  const observation = {
    telemetry,
    trustedProxyHops: config.HTTP_TRUSTED_PROXY_HOPS,
    service: 'ingest-api',
  };

  return {
    name: 'ingest-api',
    handleRequest: (req, res) =>
      serveRequest(req, res, observation, (observed) => postIngest(req, res, observed)),
    schema: database.schema,
    readiness: { database: () => database.ping() },
    async drain() {
      await Promise.all(responders.map((responder) => responder.drain()));
      await storing.drain();
      await authenticator[Symbol.asyncDispose]();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

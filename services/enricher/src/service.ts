import { batched } from '@calseta/async';
import { SUBSCRIPTIONS } from '@calseta/common';
import {
  createStageStore,
  type Database,
  loadProviderSettings,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport, runStage } from '@calseta/messaging';
import { logFailures, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type EnricherConfig } from './config.js';
import { type RegisteredProvider } from './domain/provider.js';
import { connectEngine } from './connect-engine.js';
import { exploitedFinder } from './engine/find-exploited.js';
import { indicatorPlaces, ROWS_SAVED } from './engine/with-indicators.js';
import { alertExtractedHandler } from './handle-alert-extracted.js';
import { connectOutsideProviders } from './providers/http/connect-outside-providers.js';
import { localProviders, settingsByName } from './providers/registry.js';
import { createThreatLists } from './providers/threat-lists/index.js';
import { createStoredLists } from './providers/threat-lists/stored-lists.js';
import { answerRequests } from './requests/answer-requests.js';

export { enricherConfig, enricherProcessConfig } from './config.js';

export type EnricherDeps = {
  config: EnricherConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  /** Asked in addition to the built-in ones. */
  providers?: readonly RegisteredProvider[];
};

/** Consumes alert.extracted, and answers lookups on demand: providers, cache, verdicts. */
export async function createEnricher(deps: EnricherDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const { log } = telemetry;
  const deadlineMs = config.ENRICHMENT_DEADLINE_MS;
  const configuration = watchConfig(database, {
    onError: logFailures(log, 'config.stale'),
    metrics: telemetry.metrics,
  });

  const { threatLists, outside, known, names } = await openProviders(deps, configuration);
  const connected = connectEngine({
    ...known,
    config,
    database,
    telemetry,
    quotaStore: outside.quotaStore,
    providerNames: names,
  });
  const { store, engine, completer } = connected;
  const withIndicators = indicatorPlaces({
    store,
    metrics: telemetry.metrics,
    maxIndicators: config.ENRICHMENT_MAX_INDICATORS,
  });

  const findExploited = exploitedFinder({ threatLists, findCves: batched(store.findCves) });
  const stage = await runStage({
    subscription: SUBSCRIPTIONS.enricher,
    handler: alertExtractedHandler({
      loadAlert: batched(store.load),
      saveEnrichment: batched(store.save, { weight: ROWS_SAVED }),
      withIndicators,
      engine,
      completer,
      findExploited,
      deadlineMs,
    }),
    store: createStageStore(database),
    transport,
    telemetry,
    config,
  });
  const requests = await answerRequests({
    database,
    transport,
    store,
    engine,
    completer,
    withIndicators,
    outside,
    known,
    findExploited,
    deadlineMs,
    ownDomains: config.CALSETA_OWN_DOMAINS,
  });

  return {
    name: 'enricher',
    schema: database.schema,
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await Promise.all([stage.drain(), requests.drain()]);
      await connected.drain();
      await outside.close();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

/** All providers, local and outside, with their settings as of the current configuration. */
async function openProviders(
  deps: EnricherDeps,
  configuration: Pick<ReturnType<typeof watchConfig>, 'cached'>,
) {
  const { config, database, telemetry } = deps;
  const { log } = telemetry;
  const storedLists = createStoredLists(database);
  const threatLists = createThreatLists({
    storedLists,
    ...(config.THREAT_LISTS_DIR !== undefined && { threatListsDir: config.THREAT_LISTS_DIR }),
    log,
  });
  const local = localProviders({
    threatLists,
    ...(config.IP_INTEL_FILE !== undefined && { ipIntelFile: config.IP_INTEL_FILE }),
    log,
  });
  const outside = await connectOutsideProviders({ ...deps, threatLists });
  const always = [...local, ...(deps.providers ?? [])];
  const configured = configuration.cached(async () => {
    const [rows] = await Promise.all([loadProviderSettings(database), storedLists.load()]);
    return {
      settings: settingsByName(rows, storedLists),
      providers: [...always, ...outside.from(rows)],
    };
  });
  const known = {
    providers: async () => (await configured.get()).providers,
    settings: async () => (await configured.get()).settings,
  };
  const names = [...always.map(({ provider }) => provider.name), ...outside.names];
  return { threatLists, outside, known, names };
}

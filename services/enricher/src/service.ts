import { batched } from '@calseta/async';
import { SUBSCRIPTIONS } from '@calseta/common';
import {
  createEnrichmentStore,
  createStageStore,
  type Database,
  loadProviderSettings,
  watchConfig,
} from '@calseta/database';
import { type PipelineTransport, runStage } from '@calseta/messaging';
import { logFailures, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type EnricherConfig } from './config.js';
import { type RegisteredProvider } from './domain/provider.js';
import { createEngine } from './engine/engine.js';
import { lookupObserver } from './engine/observe-lookup.js';
import { lateAnswerStorer } from './engine/store-late-answer.js';
import { createGuardedLookup, createGuards } from './guards/guarded-lookup.js';
import { alertExtractedHandler } from './handle-alert-extracted.js';
import { connectOutsideProviders } from './providers/http/connect-outside-providers.js';
import { localProviders, settingsByName } from './providers/registry.js';
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
  const { log, metrics } = telemetry;
  const deadlineMs = config.ENRICHMENT_DEADLINE_MS;
  const store = createEnrichmentStore(database);
  const configuration = watchConfig(database, { onError: logFailures(log, 'config.stale') });

  const storedLists = createStoredLists(database);
  const local = localProviders({
    storedLists,
    ...(config.THREAT_LISTS_DIR !== undefined && { threatListsDir: config.THREAT_LISTS_DIR }),
    ...(config.IP_INTEL_FILE !== undefined && { ipIntelFile: config.IP_INTEL_FILE }),
    log,
  });
  const outside = await connectOutsideProviders(deps);
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
  const engine = createEngine({
    ...known,
    lookup: createGuardedLookup(createGuards()),
    observe: lookupObserver(metrics, [
      ...always.map(({ provider }) => provider.name),
      ...outside.names,
    ]),
    onError: logFailures(log, 'late_answer.lost'),
  });
  const storeLateAnswer = lateAnswerStorer({ store, engine });

  const stage = await runStage({
    subscription: SUBSCRIPTIONS.enricher,
    handler: alertExtractedHandler({
      loadAlert: batched(store.load),
      saveEnrichment: batched(store.save),
      engine,
      storeLateAnswer,
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
    storeLateAnswer,
    outside,
    known,
    deadlineMs,
    ownDomains: config.CALSETA_OWN_DOMAINS,
  });

  return {
    name: 'enricher',
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await Promise.all([stage.drain(), requests.drain()]);
      await engine.drain();
      await outside.close();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

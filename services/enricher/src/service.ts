import { createMicroBatcher, WORKER_BATCHES } from '@calseta/async';
import { REQUESTS, SUBSCRIPTIONS } from '@calseta/common';
import {
  createEnrichmentStore,
  createSightingsStore,
  createStageStore,
  type Database,
  type Enrichment,
  loadProviderSettings,
  watchConfig,
} from '@calseta/database';
import { createStageObserver, type PipelineTransport, startStage } from '@calseta/messaging';
import { logFailures, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { type EnricherConfig } from './config.js';
import { createEngine } from './engine.js';
import { createGuardedLookup, createGuards } from './guards/guarded-lookup.js';
import { createHandleAlertExtracted } from './handle-alert-extracted.js';
import { createLookupIndicator } from './lookup-indicator.js';
import { createObserveLookup } from './observe-lookup.js';
import { type ProviderSettings, type RegisteredProvider } from './provider.js';
import { builtInProviders } from './providers/registry.js';
import { createStoreLateAnswer } from './store-late-answer.js';

export { enricherConfig, enricherProcessConfig } from './config.js';

export type EnricherDeps = {
  config: EnricherConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  /** Asked besides the built-in ones. */
  providers?: readonly RegisteredProvider[];
};

/** Consumes alert.extracted, and answers lookups on demand: providers, cache, verdicts. */
export async function createEnricher(deps: EnricherDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const { log, metrics } = telemetry;
  const deadlineMs = config.ENRICHMENT_DEADLINE_MS;
  const store = createEnrichmentStore(database);
  const configuration = watchConfig(database, {
    onError: logFailures(telemetry.log, 'config.stale'),
  });
  const settings = configuration.cached(async () => byName(await loadProviderSettings(database)));
  const loads = createMicroBatcher({ ...WORKER_BATCHES, run: (ids: string[]) => store.load(ids) });
  const saves = createMicroBatcher({
    ...WORKER_BATCHES,
    run: (items: Enrichment[]) => store.save(items),
  });

  const builtIn = builtInProviders({
    sightings: createSightingsStore(database),
    ...(config.THREAT_LISTS_DIR !== undefined && { threatListsDir: config.THREAT_LISTS_DIR }),
    ...(config.IP_INTEL_FILE !== undefined && { ipIntelFile: config.IP_INTEL_FILE }),
    log,
  });
  const providers = [...builtIn, ...(deps.providers ?? [])];
  const providerNames = providers.map(({ provider }) => provider.name);
  const engine = createEngine({
    providers,
    settings: () => settings.get(),
    lookup: createGuardedLookup(createGuards()),
    observe: createObserveLookup(metrics, providerNames),
    onError: logFailures(log, 'late_answer.lost'),
  });
  const storeLateAnswer = createStoreLateAnswer({ store, engine });

  const handler = createHandleAlertExtracted({
    loadAlert: (id) => loads.add(id),
    saveEnrichment: (enrichment) => saves.add(enrichment),
    engine,
    storeLateAnswer,
    providerNames,
    deadlineMs,
  });
  const stage = await startStage({
    subscription: SUBSCRIPTIONS.enricher,
    handler,
    transport,
    alerts: createStageStore(database),
    observer: createStageObserver(SUBSCRIPTIONS.enricher, telemetry),
    config,
  });
  const responder = await transport.respond(
    REQUESTS.lookUpIndicator,
    createLookupIndicator({
      store,
      engine,
      storeLateAnswer,
      deadlineMs,
      ownDomains: config.CALSETA_OWN_DOMAINS,
    }),
  );

  return {
    name: 'enricher',
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      await Promise.all([stage.drain(), responder.drain()]);
      await engine.drain();
      await configuration[Symbol.asyncDispose]();
    },
  };
}

const byName = (
  rows: readonly (ProviderSettings & { name: string })[],
): ReadonlyMap<string, ProviderSettings> => new Map(rows.map((row) => [row.name, row]));

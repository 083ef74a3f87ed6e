import { repeat, type Repeated } from '@calseta/async';
import {
  createCompletionStore,
  createEnrichmentStore,
  createProviderHealthStore,
  createProviderLookupStore,
  createWaitingLookupStore,
  type Database,
  type EnrichmentStore,
} from '@calseta/database';
import { logFailures, type Telemetry } from '@calseta/platform';
import { type EnricherConfig } from './config.js';
import { type ProviderSettings, type RegisteredProvider } from './domain/provider.js';
import { type AlertCompleter, alertCompleter } from './engine/complete-alerts.js';
import { createBackground } from './engine/background.js';
import { createEngine, type Engine } from './engine/engine.js';
import { createLeases } from './engine/leases.js';
import { lookupObserver } from './engine/observe-lookup.js';
import { waitingObserver } from './engine/observe-waiting.js';
import { leasedAsker } from './engine/ask-leased.js';
import { createOutsideLookups } from './engine/outside-lookups.js';
import { createProviderHealth, type ProviderHealth } from './engine/provider-health.js';
import { waitingSweeper } from './engine/sweep-waiting.js';
import { createGuardedLookup, localGuards, outsideGuards } from './guards/guarded-lookup.js';
import { createProtections } from './guards/protections.js';
import { type PerformLookup } from './guards/guard.js';
import { type QuotaDeps } from './guards/quota.js';

export type ConnectEngineDeps = {
  config: Pick<
    EnricherConfig,
    'WAITING_LOOKUPS_MAX_COUNT' | 'WAITING_LOOKUPS_MAX_SECONDS' | 'WAITING_LOOKUPS_INTERVAL_MS'
  >;
  database: Database;
  telemetry: Telemetry;
  quotaStore: QuotaDeps['quotaStore'];
  providers(): Promise<readonly RegisteredProvider[]>;
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
  /** Known from the start. */
  providerNames: readonly string[];
};

export type ConnectedEngine = {
  store: EnrichmentStore;
  engine: Engine;
  completer: AlertCompleter;
  drain(): Promise<void>;
};

/** How often what an operator is told of providers is stored, ms. */
const HEALTH_INTERVAL_MS = 5_000;
/** How often expired lookups are dropped, and missed answers looked for, ms. */
const TIDY_INTERVAL_MS = 30_000;

/** Connects the engine with its guards, with what waits, and with the alerts that it completes. */
export function connectEngine(deps: ConnectEngineDeps): ConnectedEngine {
  const { config, database, telemetry, providers, settings } = deps;
  const { log, metrics } = telemetry;
  const stop = new AbortController();
  const store = createEnrichmentStore(database);
  const { WAITING_LOOKUPS_MAX_COUNT: maxWaiting } = config;
  const lookups = createProviderLookupStore(database);
  const background = createBackground(logFailures(log, 'waiting_lookups.failed'));
  const health = createProviderHealth({
    store: createProviderHealthStore(database),
    onAuthFault: (provider, error) => log.warn('provider.auth_failed', { provider, error }),
  });
  const observe = lookupObserver(metrics, deps.providerNames);
  const waiting = waitingObserver(metrics, deps.providerNames);
  const stored = {
    store: lookups,
    waiting: createWaitingLookupStore(database, { maxWaiting }),
    onDropped: waiting.dropped,
  };
  const outside = createOutsideLookups({
    ...stored,
    signal: stop.signal,
    askLeased: leasedAsker({
      ...stored,
      leases: createLeases(lookups, logFailures(log, 'leases.not_renewed')),
      perform: guardOutside(deps, health),
      context: { signal: stop.signal },
      onMissed: (answer) => background.run(completer.complete(answer)),
    }),
  });
  const engine = createEngine({
    providers,
    settings,
    lookUpLocally: createGuardedLookup(localGuards()),
    outside,
    signal: stop.signal,
    observe(outcomes) {
      observe(outcomes);
      for (const outcome of outcomes) health.counted(outcome);
    },
    onError: logFailures(log, 'late_answer.lost'),
  });
  const completer = alertCompleter({
    store,
    completions: createCompletionStore(database),
    engine,
    background,
  });
  const sweeper = waitingSweeper({
    ...stored,
    providers,
    settings,
    findIndicator: store.findIndicator,
    outside,
    completer,
    background,
    intervalMs: config.WAITING_LOOKUPS_INTERVAL_MS,
    maxWaitSeconds: config.WAITING_LOOKUPS_MAX_SECONDS,
    isStopped: () => stop.signal.aborted,
    onCounted: waiting.counted,
  });
  const repeated = startAll(log, [
    ['sweep', sweeper.pauseMs, sweeper.sweep],
    ['tidy', () => TIDY_INTERVAL_MS, sweeper.tidy],
    ['health', () => HEALTH_INTERVAL_MS, health.flush],
  ]);
  return {
    store,
    engine,
    completer,
    async drain() {
      stop.abort();
      await Promise.all(repeated.map(async (one) => await one.stop()));
      await engine.drain();
      await background.settle();
      await health.flush();
    },
  };
}

const guardOutside = (
  { quotaStore }: Pick<ConnectEngineDeps, 'quotaStore'>,
  { answered: onAnswer }: Pick<ProviderHealth, 'answered'>,
): PerformLookup =>
  createGuardedLookup(outsideGuards({ protections: createProtections(), quotaStore, onAnswer }));

const startAll = (
  log: Telemetry['log'],
  works: readonly (readonly [name: string, intervalMs: () => number, work: () => Promise<void>])[],
): Repeated[] =>
  works.map(([name, intervalMs, work]) =>
    repeat({ intervalMs, work, onError: logFailures(log, `enricher.${name}_failed`) }),
  );

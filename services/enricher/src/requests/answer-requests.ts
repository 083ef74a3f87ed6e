import { type ListedCve, REQUESTS } from '@calseta/common';
import {
  createRerunStore,
  type Database,
  type EnrichmentStore,
  loadProviderSettings,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { type Engine } from '../engine/engine.js';
import { type AlertCompleter } from '../engine/complete-alerts.js';
import { type WithIndicators } from '../engine/with-indicators.js';
import { alertEnrichmentResponder } from './enrich-alert.js';
import { indicatorLookupResponder } from './lookup-indicator.js';
import { namedProviders, type NamedProvidersDeps } from './named-providers.js';
import { enrichmentPlanResponder } from './plan-enrichment.js';
import { providerTestResponder, type TestProviderDeps } from './test-provider.js';

export type RequestDeps = {
  database: Database;
  transport: Pick<PipelineTransport, 'respond'>;
  store: EnrichmentStore;
  engine: Engine;
  completer: AlertCompleter;
  withIndicators: WithIndicators;
  outside: Omit<TestProviderDeps, 'loadSettings'>;
  known: NamedProvidersDeps;
  findExploited(alertId: string): Promise<ListedCve[]>;
  deadlineMs: number;
  ownDomains: ReadonlySet<string>;
};

/** Answers what alerts-api asks. */
export async function answerRequests(deps: RequestDeps): Promise<{ drain(): Promise<void> }> {
  const { transport, database, outside } = deps;
  const named = namedProviders(deps.known);
  const responders = await Promise.all([
    transport.respond(REQUESTS.lookUpIndicator, indicatorLookupResponder({ ...deps, named })),
    transport.respond(
      REQUESTS.enrichAlert,
      alertEnrichmentResponder({ ...deps, named, reruns: createRerunStore(database) }),
    ),
    transport.respond(REQUESTS.planEnrichment, enrichmentPlanResponder(deps)),
    transport.respond(
      REQUESTS.testProvider,
      providerTestResponder({
        ...outside,
        loadSettings: async () => await loadProviderSettings(database),
      }),
    ),
  ]);
  return {
    async drain() {
      await Promise.all(responders.map(async (responder) => await responder.drain()));
    },
  };
}

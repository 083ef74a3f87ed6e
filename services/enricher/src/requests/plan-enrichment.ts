import {
  AppError,
  type EnrichmentPlan,
  MAX_PLANNED_BYTES,
  PLANNED_OUTCOMES,
  type PlannedLookup,
  type REQUESTS,
} from '@calseta/common';
import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { type Lookup } from '../domain/plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { takesType, whyAlwaysSilent, whyKept } from '../domain/why-silent.js';
import { type Engine } from '../engine/engine.js';
import { type WithIndicators } from '../engine/with-indicators.js';
import { type NamedProvidersDeps } from './named-providers.js';

export type PlanEnrichmentDeps = {
  store: Pick<EnrichmentStore, 'load'>;
  engine: Pick<Engine, 'plan'>;
  withIndicators: WithIndicators;
  known: NamedProvidersDeps;
};

/** A planned lookup with the requests that it may send. */
type Planned = { lookup: PlannedLookup; requests: number };

/** Says what the pipeline would ask about an alert if it were enriched now. Asks and stores nothing. */
export function enrichmentPlanResponder({
  store,
  engine,
  withIndicators,
  known,
}: PlanEnrichmentDeps): Responder<typeof REQUESTS.planEnrichment> {
  return async function planEnrichment({ alert_id: alertId }) {
    const [alert] = await store.load([alertId]);
    if (!alert) throw new AppError('resource.not_found', 'There is no such alert.');
    const [providers, settings] = await Promise.all([known.providers(), known.settings()]);
    const planned = await withIndicators(alert, async (indicators) => {
      const plans = await engine.plan(indicators, alert.tlp ? { tlp: alert.tlp } : {});
      const now = Date.now();
      return indicators.flatMap((indicator, index) => [
        ...(plans[index] ?? []).map((lookup) => toPlanned(lookup, now)),
        ...keptFrom(indicator, plans[index] ?? [], providers, settings),
      ]);
    });
    return {
      counts: countOf(planned),
      providers: countByProvider(planned),
      silent_providers: silentOf(providers, settings),
      lookups: listed(planned),
    };
  };
}

function toPlanned(
  { subject: { type, value }, provider, isCached, stored, skipReason }: Lookup<IndicatorToEnrich>,
  now: number,
): Planned {
  const named = { type, value, provider: provider.name };
  if (skipReason !== undefined) return skipped({ ...named, reason: skipReason });
  if (provider.reach === 'local' && (provider.derive || !isCached))
    return { lookup: { ...named, outcome: 'answered_here' }, requests: 0 };
  if (!isCached)
    return {
      lookup: { ...named, outcome: 'asked' },
      requests: provider.quota?.units(type) ?? 1,
    };
  const ageMs = stored ? now - stored.fetchedAt.getTime() : 0;
  const age = Math.max(0, Math.floor(ageMs / 1_000));
  return { lookup: { ...named, outcome: 'cached', age_seconds: age }, requests: 0 };
}

const skipped = (lookup: Omit<PlannedLookup, 'outcome'>): Planned => ({
  lookup: { ...lookup, outcome: 'skipped' },
  requests: 0,
});

/** The providers that take indicators of this type, and are not told of this one. */
const keptFrom = (
  indicator: IndicatorToEnrich,
  plan: readonly Lookup[],
  providers: readonly RegisteredProvider[],
  configured: ReadonlyMap<string, ProviderSettings>,
): Planned[] =>
  providers.flatMap(({ provider, defaults }) => {
    const settings = configured.get(provider.name) ?? defaults;
    const isPlanned = plan.some((lookup) => lookup.provider.name === provider.name);
    if (isPlanned || !settings.isEnabled || !takesType(provider, settings, indicator)) return [];
    const { type, value } = indicator;
    const reason = whyKept(provider.reach, indicator);
    return [skipped({ type, value, provider: provider.name, reason })];
  });

function countOf(planned: readonly Planned[]): EnrichmentPlan['counts'] {
  const counts = { asked: 0, skipped: 0, cached: 0, answered_here: 0 };
  for (const { lookup } of planned) counts[lookup.outcome] += 1;
  return counts;
}

const countByProvider = (planned: readonly Planned[]): EnrichmentPlan['providers'] =>
  [...new Set(planned.map(({ lookup }) => lookup.provider))].map((name) => {
    const ofProvider = planned.filter(({ lookup }) => lookup.provider === name);
    const requests = ofProvider.reduce((total, one) => total + one.requests, 0);
    return { name, counts: countOf(ofProvider), request_count: requests };
  });

function silentOf(
  providers: readonly RegisteredProvider[],
  configured: ReadonlyMap<string, ProviderSettings>,
): EnrichmentPlan['silent_providers'] {
  const registered = new Map(providers.map((one) => [one.provider.name, one]));
  return [...new Set([...registered.keys(), ...configured.keys()])].flatMap((name) => {
    const reason = whyAlwaysSilent(registered.get(name), configured.get(name));
    return reason === undefined ? [] : [{ name, reason }];
  });
}

/** Those that would be asked first, then the others, as far as the answer may grow. */
function listed(planned: readonly Planned[]): PlannedLookup[] {
  const ranked = PLANNED_OUTCOMES.flatMap((outcome) =>
    planned.flatMap(({ lookup }) => (lookup.outcome === outcome ? [lookup] : [])),
  );
  let bytes = 0;
  const end = ranked.findIndex((lookup) => {
    bytes += Buffer.byteLength(JSON.stringify(lookup)) + 1;
    return bytes > MAX_PLANNED_BYTES;
  });
  return end === -1 ? ranked : ranked.slice(0, end);
}

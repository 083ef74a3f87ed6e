import {
  formatTimestamp,
  type IndicatorLookupAnswer,
  type LookupScopeInput,
  type REQUESTS,
  type Tlp,
} from '@calseta/common';
import { canonicalize, classifyOwn } from '@calseta/indicators';
import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { type LookupScope } from '../domain/plan-lookups.js';
import { isToStore, type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { type Verdict } from '../domain/verdict.js';
import { type AlertCompleter } from '../engine/complete-alerts.js';
import { type Engine, type Enriched, type EnrichOptions } from '../engine/engine.js';
import { type NamedProviders } from './named-providers.js';

export type LookupIndicatorDeps = {
  store: Pick<EnrichmentStore, 'findIndicator' | 'saveResults' | 'saveVerdicts'>;
  engine: Pick<Engine, 'enrich' | 'judge'>;
  completer: Pick<AlertCompleter, 'storeLateAnswer'>;
  /** What is known about the providers that a request names. */
  named: NamedProviders;
  deadlineMs: number;
  ownDomains: ReadonlySet<string>;
};

/**
 * Asks the providers about one value on demand. Their answers are stored when some alert has that indicator, and
 * only returned otherwise.
 */
export function indicatorLookupResponder({
  store,
  engine,
  completer,
  named,
  deadlineMs,
  ownDomains,
}: LookupIndicatorDeps): Responder<typeof REQUESTS.lookUpIndicator> {
  return async function lookUpIndicator({ type, value, ...scope }) {
    await named.assertKnown(scope.providers);
    const canonical = canonicalize(type, value);
    const known = await store.findIndicator(type, canonical.ok ? canonical.value : value);
    const subject: IndicatorToEnrich = known ?? {
      id: '',
      type,
      value: canonical.ok ? canonical.value : value,
      classification: canonical.ok ? canonical.classification : 'public',
      isMalformed: !canonical.ok,
      malice: 'Pending',
      maliceReasons: [],
      results: [],
    };
    const onLate: EnrichOptions<IndicatorToEnrich>['onLate'] = async (late, outcome) => {
      if (known) await completer.storeLateAnswer(late, outcome);
    };
    const [enriched] = await engine.enrich([classifyOwn(subject, ownDomains)], {
      deadlineMs,
      onLate,
      ...toScope(scope),
    });
    if (!enriched) throw new Error('The engine answered about another indicator.');
    const verdict = known && (await storeAnswers({ store, engine }, known, enriched));
    const answered = new Set(enriched.outcomes.map(({ providerName }) => providerName));
    const others = (scope.providers ?? []).filter((name) => !answered.has(name));
    return toAnswer(
      { ...enriched, ...(verdict && { verdict }) },
      await named.whySilent(others, enriched.subject),
    );
  };
}

/** The scope of a request as the engine takes it. */
export const toScope = ({
  providers,
  bypass_cache: bypassCache,
  tlp,
}: LookupScopeInput & { tlp?: Tlp | undefined }): LookupScope => ({
  ...(providers && { only: new Set(providers) }),
  ...(bypassCache !== undefined && { bypassCache }),
  ...(tlp && { tlp }),
});

/** The verdict counts the answers of all providers, also where only some of them were asked now. */
async function storeAnswers(
  { store, engine }: Pick<LookupIndicatorDeps, 'store' | 'engine'>,
  { id, type, value }: IndicatorToEnrich,
  { outcomes }: Enriched<unknown>,
): Promise<Verdict | undefined> {
  const fresh = outcomes.filter(isToStore);
  await store.saveResults(fresh.map((outcome) => ({ ...outcome, indicatorId: id })));
  const stored = await store.findIndicator(type, value);
  if (!stored) return undefined;
  const verdict = await engine.judge(stored);
  await store.saveVerdicts([{ indicatorId: id, ...verdict }]);
  return verdict;
}

function toAnswer(
  { subject, outcomes, verdict }: Enriched<IndicatorToEnrich>,
  silent: ReadonlyMap<string, string>,
): IndicatorLookupAnswer {
  const now = Date.now();
  return {
    type: subject.type,
    value: subject.value,
    classification: subject.classification,
    is_malformed: subject.isMalformed,
    malice: subject.maliceOverride ?? verdict.malice,
    malice_reasons: verdict.reasons,
    enrichment_results: {
      ...Object.fromEntries(
        outcomes.map((outcome) => [outcome.providerName, toResult(outcome, now)]),
      ),
      ...Object.fromEntries([...silent].map(([name, reason]) => [name, silentResult(reason, now)])),
    },
  };
}

type LookupAnswer = IndicatorLookupAnswer['enrichment_results'][string];

const toResult = (outcome: ProviderOutcome, now: number): LookupAnswer => ({
  status: outcome.status,
  extracted: outcome.extracted,
  malice: outcome.malice,
  ...(outcome.error !== undefined && { reason: outcome.error }),
  fetched_at: formatTimestamp(outcome.fetchedAt),
  cached: outcome.cached,
  age_seconds: Math.max(0, Math.floor((now - outcome.fetchedAt.getTime()) / 1_000)),
});

const silentResult = (reason: string, now: number): LookupAnswer => ({
  status: 'skipped',
  extracted: {},
  malice: 'Pending',
  reason,
  fetched_at: formatTimestamp(new Date(now)),
  cached: false,
  age_seconds: 0,
});

import { formatTimestamp, type IndicatorLookupAnswer, type REQUESTS } from '@calseta/common';
import { canonicalize, classifyOwn } from '@calseta/indicators';
import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { type Engine, type Enriched, type EnrichOptions } from '../engine/engine.js';

export type LookupIndicatorDeps = {
  store: Pick<EnrichmentStore, 'findIndicator' | 'saveResults' | 'saveVerdicts'>;
  engine: Pick<Engine, 'enrich'>;
  storeLateAnswer: EnrichOptions<IndicatorToEnrich>['onLate'];
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
  storeLateAnswer,
  deadlineMs,
  ownDomains,
}: LookupIndicatorDeps): Responder<typeof REQUESTS.lookUpIndicator> {
  return async function lookUpIndicator({ type, value }) {
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
    const onLate: typeof storeLateAnswer = async (late, outcome) => {
      if (known) await storeLateAnswer(late, outcome);
    };
    const [enriched] = await engine.enrich([classifyOwn(subject, ownDomains)], {
      deadlineMs,
      onLate,
    });
    if (!enriched) throw new Error('The engine answered about another indicator.');
    if (known) await storeAnswers(store, known.id, enriched);
    return toAnswer(enriched);
  };
}

async function storeAnswers(
  store: LookupIndicatorDeps['store'],
  indicatorId: string,
  { outcomes, verdict }: Enriched<unknown>,
): Promise<void> {
  const fresh = outcomes.filter(({ cached }) => !cached);
  await store.saveResults(fresh.map((outcome) => ({ ...outcome, indicatorId })));
  await store.saveVerdicts([{ indicatorId, ...verdict }]);
}

const toAnswer = ({
  subject,
  outcomes,
  verdict,
}: Enriched<IndicatorToEnrich>): IndicatorLookupAnswer => ({
  type: subject.type,
  value: subject.value,
  classification: subject.classification,
  is_malformed: subject.isMalformed,
  malice: subject.maliceOverride ?? verdict.malice,
  malice_reasons: verdict.reasons,
  enrichment_results: Object.fromEntries(
    outcomes.map((outcome) => [
      outcome.providerName,
      {
        status: outcome.status,
        extracted: outcome.extracted,
        malice: outcome.malice,
        ...(outcome.error !== undefined && { error: outcome.error }),
        fetched_at: formatTimestamp(outcome.fetchedAt),
        cached: outcome.cached,
      },
    ]),
  ),
});

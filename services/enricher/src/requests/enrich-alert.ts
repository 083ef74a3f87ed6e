import { AppError, isAnswer, type ListedCve, type REQUESTS } from '@calseta/common';
import {
  type AlertToEnrich,
  type EnrichmentNews,
  type EnrichmentStore,
  type IndicatorToEnrich,
  type IndicatorVerdict,
  type RerunStore,
} from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { isNew, isToStore, summarizeOutcomes } from '../domain/summarize-outcomes.js';
import { toEnrichmentActivity } from '../domain/to-activity.js';
import { missingOf } from '../engine/missing-of.js';
import { judgeAlert } from '../domain/verdict.js';
import { type AlertCompleter } from '../engine/complete-alerts.js';
import { type Engine, type Enriched } from '../engine/engine.js';
import { type WithIndicators } from '../engine/with-indicators.js';
import { THREAT_LISTS } from '../providers/threat-lists/index.js';
import { toScope } from './lookup-indicator.js';
import { type NamedProviders } from './named-providers.js';

export type EnrichAlertDeps = {
  store: Pick<EnrichmentStore, 'load' | 'loadIndicatorsOf' | 'saveResults' | 'saveVerdicts'>;
  reruns: RerunStore;
  engine: Pick<Engine, 'enrich' | 'judge'>;
  completer: Pick<AlertCompleter, 'storeLateAnswer' | 'lookFor'>;
  withIndicators: WithIndicators;
  named: NamedProviders;
  /** Vulnerabilities of an alert that a threat list has. */
  findExploited(alertId: string): Promise<ListedCve[]>;
  deadlineMs: number;
};

/**
 * Asks the providers about an alert that was enriched before. Agents hear of it only when a provider knows something
 * new, a verdict has changed, or a threat list has a vulnerability of the alert by now.
 */
export function alertEnrichmentResponder(
  deps: EnrichAlertDeps,
): Responder<typeof REQUESTS.enrichAlert> {
  return async function enrichAlert({ alert_id: alertId, actor, ...scope }) {
    await deps.named.assertKnown(scope.providers);
    const alert = await loadEnriched(alertId, deps);
    const isChanged = await deps.withIndicators(
      alert,
      async (indicators) => await enrichAgain(deps, alert, indicators, { actor, ...scope }),
    );
    if (isChanged === undefined) throw movedOn();
    return { is_changed: isChanged };
  };
}

type EnrichAlertInput = Parameters<Responder<typeof REQUESTS.enrichAlert>>[0];

/** Undefined when the alert has moved on meanwhile. */
async function enrichAgain(
  deps: EnrichAlertDeps,
  alert: AlertToEnrich,
  indicators: readonly IndicatorToEnrich[],
  { actor, ...scope }: Omit<EnrichAlertInput, 'alert_id'>,
): Promise<boolean | undefined> {
  const startedAt = Date.now();
  const enriched = await deps.engine.enrich(indicators, {
    deadlineMs: deps.deadlineMs,
    mayWait: true,
    onLate: async (subject, outcome) => await deps.completer.storeLateAnswer(subject, outcome),
    ...toScope({ ...scope, tlp: alert.tlp }),
  });
  const { verdicts, news } = await saveAnswers(alert, enriched, deps);
  const malices = indicators.map(
    ({ id, maliceOverride }) => maliceOverride ?? verdicts.get(id)?.malice ?? 'Pending',
  );
  const malice = judgeAlert(malices);
  const asksLists = scope.providers?.includes(THREAT_LISTS) ?? true;
  const summary = summarizeOutcomes(enriched.flatMap(({ outcomes }) => outcomes));
  const missing = missingOf(enriched);
  const isChanged = await deps.reruns.save({
    alertId: alert.id,
    revision: alert.revision,
    actor,
    asked: new Set(Object.keys(summary.providers)),
    lists: summary,
    malice,
    ...(asksLists && { knownExploited: await deps.findExploited(alert.id) }),
    missing,
    news,
    activity: {
      ...toEnrichmentActivity(summary, {
        malice,
        indicators: enriched.length,
        waitMs: 0,
        workMs: Date.now() - startedAt,
      }),
      ...(scope.providers && { asked: scope.providers }),
      ...(scope.bypass_cache === true && { bypass_cache: true }),
    },
  });
  if (isChanged !== undefined) deps.completer.lookFor(missing);
  return isChanged;
}

async function loadEnriched(
  alertId: string,
  { store }: Pick<EnrichAlertDeps, 'store'>,
): Promise<AlertToEnrich> {
  const [alert] = await store.load([alertId]);
  if (!alert) throw new AppError('resource.not_found', 'There is no such alert.');
  if (alert.stage === 'quarantined')
    throw new AppError('resource.conflict', 'A quarantined alert has to be parsed first.');
  if (alert.stage === 'ingested' || alert.stage === 'extracted') throw movedOn();
  return alert;
}

const movedOn = (): AppError =>
  new AppError('resource.conflict', 'The alert is in the pipeline, which enriches it anyway.');

type Verdicts = ReadonlyMap<string, IndicatorVerdict>;

/** Stores the answers, and judges by all that are stored, so that providers that were not asked keep their weight. */
async function saveAnswers(
  alert: AlertToEnrich,
  enriched: readonly Enriched<IndicatorToEnrich>[],
  { store, engine }: EnrichAlertDeps,
): Promise<{ verdicts: Verdicts; news: EnrichmentNews[] }> {
  const fresh = enriched.flatMap(({ subject, outcomes }) =>
    outcomes.filter(isToStore).map((outcome) => ({ ...outcome, indicatorId: subject.id })),
  );
  await store.saveResults(fresh);
  const [stored = []] = await store.loadIndicatorsOf([alert.id]);
  const verdicts = new Map<string, IndicatorVerdict>();
  for (const indicator of stored)
    verdicts.set(indicator.id, { indicatorId: indicator.id, ...(await engine.judge(indicator)) });
  await store.saveVerdicts([...verdicts.values()]);
  return { verdicts, news: enriched.flatMap((one) => newsOf(one, verdicts)) };
}

function newsOf(
  { subject, outcomes }: Enriched<IndicatorToEnrich>,
  verdicts: Verdicts,
): EnrichmentNews[] {
  const { id, type, value, malice: from, maliceOverride } = subject;
  const knew = new Set(subject.results.filter(isKnowledge).map(({ providerName }) => providerName));
  const to = verdicts.get(id)?.malice ?? from;
  return [
    ...outcomes
      .filter((outcome) => isNew(outcome) && isKnowledge(outcome))
      .filter(({ providerName }) => !knew.has(providerName))
      .map(({ providerName: provider }) => ({ type, value, provider })),
    ...(from === to || maliceOverride !== undefined ? [] : [{ type, value, from, to }]),
  ];
}

const isKnowledge = (result: IndicatorToEnrich['results'][number]): boolean =>
  isAnswer(result) && result.status === 'success';

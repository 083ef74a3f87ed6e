import { laneFor, type ListedCve } from '@calseta/common';
import { type AlertToEnrich, type Enrichment, type IndicatorToEnrich } from '@calseta/database';
import { advanceAlert, type MessageHandler } from '@calseta/messaging';
import { toEnrichmentActivity } from './domain/to-activity.js';
import { isToStore, summarizeOutcomes } from './domain/summarize-outcomes.js';
import { missingOf } from './engine/missing-of.js';
import { judgeAlert } from './domain/verdict.js';
import { type Engine, type Enriched } from './engine/engine.js';
import { type AlertCompleter } from './engine/complete-alerts.js';
import { type WithIndicators } from './engine/with-indicators.js';

export type AlertExtractedDeps = {
  loadAlert(alertId: string): Promise<AlertToEnrich | undefined>;
  withIndicators: WithIndicators;
  /** False when the alert has moved on meanwhile. */
  saveEnrichment(enrichment: Enrichment): Promise<boolean>;
  engine: Pick<Engine, 'enrich'>;
  completer: Pick<AlertCompleter, 'storeLateAnswer' | 'lookFor'>;
  /** Vulnerabilities that an alert names and that a threat list has. */
  findExploited(alertId: string): Promise<ListedCve[]>;
  deadlineMs: number;
};

/** alert.extracted → ask the providers, judge, commit → alert.enriched. */
export function alertExtractedHandler(deps: AlertExtractedDeps): MessageHandler {
  return async function handleAlertExtracted(message) {
    const startedAt = new Date();
    return await advanceAlert(message, await deps.loadAlert(message.alert_id), {
      next: 'alert.enriched',
      work: async (alert) =>
        await deps.withIndicators(
          alert,
          async (indicators) => await enrichAndSave(deps, alert, indicators, startedAt),
        ),
    });
  };
}

/** An answer that comes late is judged after the others are committed, and completes the alert. */
async function enrichAndSave(
  deps: AlertExtractedDeps,
  alert: AlertToEnrich,
  indicators: readonly IndicatorToEnrich[],
  startedAt: Date,
): Promise<boolean> {
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => (settle = resolve));
  try {
    const exploited = deps.findExploited(alert.id);
    const enriched = await deps.engine.enrich(indicators, {
      deadlineMs: deps.deadlineMs,
      ...(alert.tlp && { tlp: alert.tlp }),
      isUrgent: laneFor(alert.severity) === 'urgent',
      mayWait: true,
      onLate: async (subject, outcome) => {
        await settled;
        await deps.completer.storeLateAnswer(subject, outcome);
      },
    });
    const enrichment = toEnrichment(alert, enriched, await exploited, startedAt);
    const isSaved = await deps.saveEnrichment(enrichment);
    if (isSaved) deps.completer.lookFor(enrichment.missing);
    return isSaved;
  } finally {
    settle();
  }
}

function toEnrichment(
  alert: AlertToEnrich,
  enriched: readonly Enriched<IndicatorToEnrich>[],
  knownExploited: readonly ListedCve[],
  startedAt: Date,
): Enrichment {
  const enrichedAt = new Date();
  const summary = summarizeOutcomes(enriched.flatMap(({ outcomes }) => outcomes));
  const malice = judgeAlert(
    enriched.map(({ subject, verdict }) => subject.maliceOverride ?? verdict.malice),
  );
  return {
    alertId: alert.id,
    revision: alert.revision,
    enrichedAt,
    status: summary.status,
    succeeded: summary.succeeded,
    notFound: summary.notFound,
    failed: summary.failed,
    reasons: summary.reasons,
    malice,
    knownExploited,
    results: enriched.flatMap(({ subject, outcomes }) =>
      outcomes.filter(isToStore).map((outcome) => ({ ...outcome, indicatorId: subject.id })),
    ),
    missing: missingOf(enriched),
    verdicts: enriched
      .filter(({ subject, verdict }) => isChanged(subject, verdict))
      .map(({ subject, verdict }) => ({ indicatorId: subject.id, ...verdict })),
    activity: toEnrichmentActivity(summary, {
      malice,
      indicators: enriched.length,
      waitMs: startedAt.getTime() - alert.stageChangedAt.getTime(),
      workMs: enrichedAt.getTime() - startedAt.getTime(),
    }),
  };
}

const isChanged = (subject: IndicatorToEnrich, verdict: Enriched<unknown>['verdict']): boolean =>
  subject.malice !== verdict.malice ||
  subject.maliceReasons.join('\n') !== verdict.reasons.join('\n');

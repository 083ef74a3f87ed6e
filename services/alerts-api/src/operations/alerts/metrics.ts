import { formatTimestamp, type MetricsSummary, type ScorecardSpan } from '@calseta/common';
import {
  type ClosedTally,
  type Duration,
  type FiguresStore,
  type MetricsStore,
  type ProviderState,
  type ProviderStateStore,
  type ReceivedTally,
} from '@calseta/database';
import { operation } from '../operation.js';
import { round, share } from './share.js';

/** Sources that a summary names, those with the most alerts. */
const MAX_SOURCES = 50;

export type MetricsDeps = {
  metrics: MetricsStore;
  figures: Pick<FiguresStore, 'readFigures'>;
  providerStates: ProviderStateStore;
};

export type MetricsOperations = ReturnType<typeof metricsOperations>;

/** How alerts are handled, over a span and now. */
export const metricsOperations = ({ metrics, figures, providerStates }: MetricsDeps) => ({
  summarize: operation(
    { scope: 'alerts:read' },
    async (span: ScorecardSpan): Promise<MetricsSummary> => {
      const [received, closed, rules, open, waiting, now, asked] = await Promise.all([
        metrics.tallyReceived(span),
        metrics.tallyClosed(span),
        metrics.countRules(),
        metrics.countOpen(),
        metrics.listWaiting(),
        figures.readFigures(),
        metrics.listAskedProviders(),
      ]);
      return {
        since: formatTimestamp(span.since),
        until: formatTimestamp(span.until),
        received: receivedOf(received),
        closed: {
          ...closedOf(closed.tallies),
          time_to_triage_seconds: toDuration(closed.toTriage),
          time_to_close_seconds: toDuration(closed.toClose),
        },
        coverage: {
          ...share('enriched', sumOf(received, 'enrichedCount'), sumOf(received, 'count')),
          ...share('with_detection_rule', sumOf(received, 'ruleCount'), sumOf(received, 'count')),
          ...share('documented_detection_rules', rules.documented, rules.count),
        },
        now: {
          open_alerts: Object.fromEntries(open.map(({ status, count }) => [status, count])),
          stages: waiting.map(({ stage, count, oldestSeconds }) => ({
            stage,
            waiting_count: count,
            oldest_age_seconds: round(oldestSeconds),
          })),
          failed_alerts: now.failedAlerts,
          quarantined_alerts: now.quarantinedAlerts,
          deliveries: {
            pending_count: now.pendingDeliveries,
            oldest_pending_seconds: round(now.oldestPendingSeconds),
            dead_count: now.deadDeliveries,
          },
        },
        providers: [...(await providerStates.load(asked))].map(toProvider),
      };
    },
  ),
});

function receivedOf(tallies: readonly ReceivedTally[]): MetricsSummary['received'] {
  const bySeverity: MetricsSummary['received']['by_severity'] = {};
  const bySource = new Map<string, number>();
  for (const { severity, sourceName, count } of tallies) {
    bySeverity[severity] = (bySeverity[severity] ?? 0) + count;
    bySource.set(sourceName, (bySource.get(sourceName) ?? 0) + count);
  }
  const most = [...bySource].toSorted(([, a], [, b]) => b - a).slice(0, MAX_SOURCES);
  return {
    alert_count: sumOf(tallies, 'count'),
    by_severity: bySeverity,
    by_source: Object.fromEntries(most),
  };
}

function closedOf(tallies: readonly ClosedTally[]) {
  const classified = tallies.flatMap(({ classification, count }) =>
    classification === null ? [] : [{ classification, count }],
  );
  const falsePositives = classified.filter(
    ({ classification }) => classification === 'false_positive',
  );
  return {
    alert_count: sumOf(tallies, 'count'),
    by_classification: Object.fromEntries(
      classified.map(({ classification, count }) => [classification, count]),
    ),
    ...share('false_positive_rate', sumOf(falsePositives, 'count'), sumOf(classified, 'count')),
  };
}

const toDuration = ({ count, mean, median, p95 }: Duration) => ({
  alert_count: count,
  ...(mean !== null && { mean: round(mean) }),
  ...(median !== null && { median: round(median) }),
  ...(p95 !== null && { p95: round(p95) }),
});

const toProvider = ([name, state]: readonly [string, ProviderState]) => ({
  name,
  ...(state.lastSuccessAt && { last_success_at: formatTimestamp(state.lastSuccessAt) }),
  ...(state.lastFailure && {
    last_failure_at: formatTimestamp(state.lastFailure.at),
    last_failure: `${state.lastFailure.kind}: ${state.lastFailure.reason}`,
  }),
  ...(state.leftAloneUntil && { left_alone_until: formatTimestamp(state.leftAloneUntil) }),
  lookup_count: state.lookupCount,
  cached_count: state.cachedCount,
});

const sumOf = <K extends string>(rows: readonly Record<K, number>[], name: K): number =>
  rows.reduce((total, row) => total + row[name], 0);

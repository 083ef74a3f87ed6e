import {
  formatTimestamp,
  type RuleMetrics,
  type ScorecardSpan,
  type SourceMetrics,
} from '@calseta/common';
import { type BreakdownStore, type GroupTally } from '@calseta/database';
import { operation } from '../operation.js';
import { round, share } from './share.js';

export type MetricsBreakdownDeps = { breakdowns: BreakdownStore };

export type MetricsBreakdownOperations = ReturnType<typeof metricsBreakdownOperations>;

/** How alerts of each source and of each detection rule are handled, over a span. */
export const metricsBreakdownOperations = ({ breakdowns }: MetricsBreakdownDeps) => ({
  bySource: operation(
    { scope: 'alerts:read' },
    async (span: ScorecardSpan): Promise<SourceMetrics> => ({
      ...spanOf(span),
      sources: (await breakdowns.tallySources(span)).map((tally) => ({
        source_name: tally.key,
        ...toGroup(tally),
      })),
    }),
  ),
  byRule: operation(
    { scope: 'alerts:read' },
    async (span: ScorecardSpan): Promise<RuleMetrics> => ({
      ...spanOf(span),
      detection_rules: (await breakdowns.tallyRules(span)).map((tally) => ({
        detection_rule_uuid: tally.key,
        name: tally.name,
        source_name: tally.sourceName,
        ...toGroup(tally),
      })),
    }),
  ),
});

const spanOf = ({ since, until }: ScorecardSpan) => ({
  since: formatTimestamp(since),
  until: formatTimestamp(until),
});

const toGroup = (tally: GroupTally) => ({
  received_count: tally.received,
  ...share('enriched', tally.enriched, tally.received),
  closed_count: tally.closed,
  classified_count: tally.classified,
  ...share('false_positive_rate', tally.falsePositives, tally.classified),
  ...(tally.toTriage !== null && { median_time_to_triage_seconds: round(tally.toTriage) }),
  ...(tally.toClose !== null && { median_time_to_close_seconds: round(tally.toClose) }),
});

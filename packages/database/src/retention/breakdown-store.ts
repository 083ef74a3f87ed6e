import { MAX_METRIC_GROUPS, MAX_TIMED_ALERTS, type ScorecardSpan } from '@calseta/common';
import { type Database } from '../core/database.js';
import { countedInSpan, IS_REAL } from './tally-sql.js';

/** Alerts of a span with the same source or rule. Durations are seconds from receipt, of the alerts closed last; null without any. */
export type GroupTally = {
  /** Name of the source, or id of the rule. */
  key: string;
  received: number;
  enriched: number;
  closed: number;
  classified: number;
  falsePositives: number;
  toTriage: number | null;
  toClose: number | null;
};

export type RuleTally = GroupTally & { name: string; sourceName: string | null };

export interface BreakdownStore {
  /** Alerts that were received or closed in the span, by source. */
  tallySources(span: ScorecardSpan): Promise<GroupTally[]>;
  /** The same by detection rule, for alerts that have one. */
  tallyRules(span: ScorecardSpan): Promise<RuleTally[]>;
}

const secondsTo = (column: 'triaged_at' | 'closed_at', name: string): string => `
  percentile_cont(0.5) WITHIN GROUP (
    ORDER BY greatest(0, extract(epoch FROM ${column} - received_at))::float8) AS ${name}`;

// Counts come from the tallies; times from the part of one index that has the alerts closed last.
const tally = (
  column: 'source_name' | 'detection_rule_id',
  { by, among }: { by: 'source' | 'rule'; among: string },
): string => `
  SELECT key::text AS key, coalesce(received.count, 0) AS received, coalesce(received.enriched, 0) AS enriched,
         coalesce(closed.count, 0) AS closed, coalesce(closed.classified, 0) AS classified,
         coalesce(closed.false_positives, 0) AS "falsePositives",
         times.to_triage AS "toTriage", times.to_close AS "toClose"
    FROM (${countedInSpan(`received_by_${by}`)}
          SELECT ${column} AS key, sum(alert_count)::int AS count, sum(enriched_count)::int AS enriched
            FROM counted GROUP BY 1) AS received
    FULL JOIN (${countedInSpan(`closed_by_${by}`)}
          SELECT ${column} AS key, sum(alert_count)::int AS count,
                 sum(classified_count)::int AS classified, sum(false_positive_count)::int AS false_positives
            FROM counted GROUP BY 1) AS closed USING (key)
    LEFT JOIN (
          SELECT ${column} AS key, ${secondsTo('triaged_at', 'to_triage')}, ${secondsTo('closed_at', 'to_close')}
            FROM (SELECT source_name, detection_rule_id, received_at, triaged_at, closed_at FROM alerts
                   WHERE closed_at >= $1 AND closed_at < $2 AND ${IS_REAL}
                   ORDER BY closed_at DESC LIMIT ${MAX_TIMED_ALERTS}) AS last
           WHERE ${among} GROUP BY 1) AS times USING (key)
   ORDER BY 2 DESC, 4 DESC, 1 LIMIT ${MAX_METRIC_GROUPS}`;

const BY_SOURCE = tally('source_name', { by: 'source', among: 'true' });

const BY_RULE = `
  SELECT counted.*, rule.name, rule.source_name AS "sourceName"
    FROM (${tally('detection_rule_id', { by: 'rule', among: 'detection_rule_id IS NOT NULL' })}) AS counted
    JOIN detection_rules rule ON rule.id = counted.key::uuid
   ORDER BY counted.received DESC, counted.closed DESC, counted.key`;

/** What came and what became of it, source by source and rule by rule. */
export const createBreakdownStore = ({ query }: Pick<Database, 'query'>): BreakdownStore => ({
  tallySources: async ({ since, until }) =>
    (await query<GroupTally>(BY_SOURCE, [since, until])).rows,
  tallyRules: async ({ since, until }) => (await query<RuleTally>(BY_RULE, [since, until])).rows,
});

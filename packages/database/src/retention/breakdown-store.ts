import { MAX_METRIC_GROUPS, type ScorecardSpan, TEST_SOURCE } from '@calseta/common';
import { type Database } from '../core/database.js';

/** Alerts of a span with the same source or rule. Durations are seconds from receipt; null without any. */
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

// Each half reads the part of one index that the span covers, and hardly a row of the table.
const tally = (column: 'source_name' | 'detection_rule_id', among: string): string => `
  SELECT key::text AS key, coalesce(received.count, 0) AS received, coalesce(received.enriched, 0) AS enriched,
         coalesce(closed.count, 0) AS closed, coalesce(closed.classified, 0) AS classified,
         coalesce(closed.false_positives, 0) AS "falsePositives",
         closed.to_triage AS "toTriage", closed.to_close AS "toClose"
    FROM (SELECT ${column} AS key, count(*)::int AS count,
                 (count(*) FILTER (WHERE enrichment_status = 'Enriched'))::int AS enriched
            FROM alerts WHERE received_at >= $1 AND received_at < $2 AND ${among} GROUP BY 1) AS received
    FULL JOIN (
          SELECT ${column} AS key, count(*)::int AS count,
                 count(close_classification)::int AS classified,
                 (count(*) FILTER (WHERE close_classification = 'false_positive'))::int AS false_positives,
                 percentile_cont(0.5) WITHIN GROUP (
                   ORDER BY greatest(0, extract(epoch FROM triaged_at - received_at))::float8) AS to_triage,
                 percentile_cont(0.5) WITHIN GROUP (
                   ORDER BY greatest(0, extract(epoch FROM closed_at - received_at))::float8) AS to_close
            FROM alerts WHERE closed_at >= $1 AND closed_at < $2 AND ${among} GROUP BY 1) AS closed
   USING (key)
   ORDER BY 2 DESC, 4 DESC, 1 LIMIT ${MAX_METRIC_GROUPS}`;

const BY_SOURCE = tally('source_name', `source_name <> '${TEST_SOURCE}'`);

const BY_RULE = `
  SELECT counted.*, rule.name, rule.source_name AS "sourceName"
    FROM (${tally('detection_rule_id', `detection_rule_id IS NOT NULL AND source_name <> '${TEST_SOURCE}'`)}) AS counted
    JOIN detection_rules rule ON rule.id = counted.key::uuid
   ORDER BY counted.received DESC, counted.closed DESC, counted.key`;

/** What came and what became of it, source by source and rule by rule. */
export const createBreakdownStore = ({ query }: Pick<Database, 'query'>): BreakdownStore => ({
  tallySources: async ({ since, until }) =>
    (await query<GroupTally>(BY_SOURCE, [since, until])).rows,
  tallyRules: async ({ since, until }) => (await query<RuleTally>(BY_RULE, [since, until])).rows,
});

import {
  type AlertStatus,
  MAX_TIMED_ALERTS,
  type ScorecardSpan,
  type Severity,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { isTest } from '../core/test-alerts.js';
import { countWithoutTests, MAX_COUNTED } from './count-rows.js';
import { countedInSpan, IS_REAL } from './tally-sql.js';

/** Sources and classifications that are named; the rest is counted in the totals alone. */
const MAX_NAMED = 100;
const WAITING_STAGES = ['ingested', 'extracted', 'enriched'] as const;

export type ReceivedTally = {
  severity: Severity;
  sourceName: string;
  count: number;
  ruleCount: number;
  enrichedCount: number;
};
export type Duration = {
  count: number;
  mean: number | null;
  median: number | null;
  p95: number | null;
};
export type ClosedTally = { classification: string | null; count: number };
export type WaitingTally = { stage: string; count: number; oldestSeconds: number };

export interface MetricsStore {
  /** Alerts that came in the span. */
  tallyReceived(span: ScorecardSpan): Promise<ReceivedTally[]>;
  /** Alerts that were closed in the span: what they were, and how long it took the last of them from their receipt. */
  tallyClosed(
    span: ScorecardSpan,
  ): Promise<{ tallies: ClosedTally[]; toTriage: Duration; toClose: Duration }>;
  countOpen(): Promise<{ status: AlertStatus; count: number }[]>;
  listWaiting(): Promise<WaitingTally[]>;
  /** Names of the providers that were ever asked. */
  listAskedProviders(): Promise<string[]>;
  /** Active detection rules, and those of them with documentation. */
  countRules(): Promise<{ count: number; documented: number }>;
}

const RECEIVED = `${countedInSpan('received_by_source')}
  SELECT severity, source_name AS "sourceName", sum(alert_count)::int AS count,
         sum(rule_count)::int AS "ruleCount",
         sum(enriched_count)::int AS "enrichedCount"
    FROM counted GROUP BY 1, 2 ORDER BY 3 DESC`;

const CLOSED = `${countedInSpan('closed_by_source')}
  SELECT close_classification AS classification, sum(alert_count)::int AS count
    FROM counted GROUP BY 1 ORDER BY 2 DESC LIMIT ${MAX_NAMED}`;

const durationTo = (column: 'triaged_at' | 'closed_at') => `
  SELECT count(seconds)::int AS count, avg(seconds)::float8 AS mean,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
    FROM (SELECT greatest(0, extract(epoch FROM ${column} - received_at))::float8 AS seconds
            FROM alerts
           WHERE closed_at >= $1 AND closed_at < $2 AND ${IS_REAL}
           ORDER BY closed_at DESC LIMIT ${MAX_TIMED_ALERTS}) AS taken`;
const TO_TRIAGE = durationTo('triaged_at');
const TO_CLOSE = durationTo('closed_at');

const OPEN = ['Open', 'Triaging', 'Escalated']
  .map((status) => {
    const is = `status = '${status}'`;
    const count = countWithoutTests(
      `alerts WHERE ${is}`,
      `alerts WHERE ${isTest('alerts')} AND ${is}`,
    );
    return `SELECT '${status}'::alert_status AS status, ${count} AS count`;
  })
  .join(' UNION ALL ');

// The condition of the partial index on sweeps; alerts are swept in the order of arrival, so the oldest is among the first.
const WAITING = WAITING_STAGES.map(
  (stage) => `
  SELECT '${stage}' AS stage,
         (SELECT count(*)::int FROM (
            SELECT FROM alerts WHERE stage = '${stage}' AND stage IN ('ingested', 'extracted', 'enriched')
             LIMIT ${MAX_COUNTED}) AS counted) AS count,
         (SELECT coalesce(extract(epoch FROM now() - min(stage_changed_at)), 0)::float8 FROM (
            SELECT stage_changed_at FROM alerts
             WHERE stage = '${stage}' AND stage IN ('ingested', 'extracted', 'enriched')
             ORDER BY next_sweep_at LIMIT 1000) AS first) AS "oldestSeconds"`,
).join(' UNION ALL ');

const RULES = `
  SELECT count(*)::int AS count, (count(*) FILTER (WHERE documentation <> ''))::int AS documented
    FROM detection_rules WHERE is_active`;

const ASKED = `SELECT provider_name AS name FROM provider_health ORDER BY 1 LIMIT ${MAX_NAMED}`;

const NO_DURATION: Duration = { count: 0, mean: null, median: null, p95: null };

/** Counts for people who watch how alerts are handled; those over a span read tallies and indexes alone. */
export const createMetricsStore = ({ query }: Pick<Database, 'query'>): MetricsStore => ({
  tallyReceived: async ({ since, until }) =>
    (await query<ReceivedTally>(RECEIVED, [since, until])).rows,
  async tallyClosed({ since, until }) {
    const span = [since, until];
    const tallies = await query<ClosedTally>(CLOSED, span);
    const toTriage = await query<Duration>(TO_TRIAGE, span);
    const toClose = await query<Duration>(TO_CLOSE, span);
    return {
      tallies: tallies.rows,
      toTriage: toTriage.rows[0] ?? NO_DURATION,
      toClose: toClose.rows[0] ?? NO_DURATION,
    };
  },
  countOpen: async () => (await query<{ status: AlertStatus; count: number }>(OPEN)).rows,
  listWaiting: async () => (await query<WaitingTally>(WAITING)).rows,
  listAskedProviders: async () =>
    (await query<{ name: string }>(ASKED)).rows.map(({ name }) => name),
  countRules: async () =>
    (await query<{ count: number; documented: number }>(RULES)).rows[0] ?? {
      count: 0,
      documented: 0,
    },
});

import { type ScorecardSpan, VERDICT_WORDS, type VerdictWord } from '@calseta/common';
import { type Database } from '../core/database.js';
import { isNoTest } from '../core/test-alerts.js';

/** Alerts with the same classification, closure and band of confidence. */
export type JudgedTally = {
  classification: VerdictWord;
  closedAs: VerdictWord;
  /** Band 0 is 0–0.2, band 4 is 0.8–1; null without a confidence. */
  band: number | null;
  count: number;
  confidenceSum: number;
};

export type AgentTallies = {
  /** With the tokens of their last pushes. */
  deliveries: { status: string; count: number; tokens: number }[];
  firstFindings: { alertCount: number; median: number | null; p95: number | null };
  findings: { classification: VerdictWord | null; count: number }[];
  judged: JudgedTally[];
};

export interface AgentScorecardStore {
  /** What an agent did in a span, counted. */
  tally(agentId: string, span: ScorecardSpan): Promise<AgentTallies>;
}

export const createAgentScorecardStore = ({ query }: Pick<Database, 'query'>) =>
  ({
    async tally(agentId, { since, until }) {
      const span = [agentId, since, until];
      const [deliveries, times, findings, judged] = [
        await query<AgentTallies['deliveries'][number]>(DELIVERIES, span),
        await query<AgentTallies['firstFindings']>(FIRST_FINDINGS, span),
        await query<AgentTallies['findings'][number]>(FINDINGS, span),
        await query<JudgedTally>(JUDGED, span),
      ];
      return {
        deliveries: deliveries.rows,
        firstFindings: times.rows[0] ?? { alertCount: 0, median: null, p95: null },
        findings: findings.rows,
        judged: judged.rows,
      };
    },
  }) satisfies AgentScorecardStore;

const WORDS = VERDICT_WORDS.map((word) => `'${word}'`).join(', ');
/** Other words are counted together, so that the number of groups is bounded. */
const word = (column: string) =>
  `CASE WHEN ${column} IN (${WORDS}) THEN ${column} WHEN ${column} IS NOT NULL THEN 'other' END`;

const DELIVERIES = `
  SELECT status, count(*)::int AS count, coalesce(sum(pushed_tokens), 0)::float8 AS tokens FROM deliveries
   WHERE agent_id = $1 AND kind = 'alert' AND created_at >= $2 AND created_at < $3
   GROUP BY status`;

const FIRST_FINDINGS = `
  SELECT count(*)::int AS "alertCount",
         percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
    FROM (
      SELECT greatest(0, extract(epoch FROM first.at - delivered.at))::float8 AS seconds
        FROM (SELECT alert_id, min(finished_at) AS at FROM deliveries
               WHERE agent_id = $1 AND kind = 'alert' AND status = 'delivered'
                 AND created_at >= $2 AND created_at < $3
               GROUP BY alert_id) delivered
       CROSS JOIN LATERAL (
              SELECT min(created_at) AS at FROM findings
               WHERE alert_id = delivered.alert_id AND agent_id = $1) first
       WHERE first.at IS NOT NULL) measured`;

const FINDINGS = `
  SELECT ${word('classification')} AS classification, count(*)::int AS count FROM findings
   WHERE agent_id = $1 AND created_at >= $2 AND created_at < $3
     AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = findings.alert_id AND ${isNoTest('a')})
   GROUP BY 1`;

const JUDGED = `
  WITH last AS (
    SELECT DISTINCT ON (alert_id) alert_id, classification, confidence FROM findings
     WHERE agent_id = $1 AND created_at >= $2 AND created_at < $3 AND classification IS NOT NULL
     ORDER BY alert_id, created_at DESC, id DESC
  )
  SELECT ${word('last.classification')} AS classification,
         ${word('a.close_classification')} AS "closedAs",
         least(4, floor(last.confidence * 5))::int AS band,
         count(*)::int AS count, coalesce(sum(last.confidence), 0)::float8 AS "confidenceSum"
    FROM last JOIN alerts a ON a.id = last.alert_id
   WHERE a.status = 'Closed' AND a.close_classification IS NOT NULL
     AND a.close_classification <> 'duplicate' AND ${isNoTest('a')}
   GROUP BY 1, 2, 3
   ORDER BY 1, 2, 3`;

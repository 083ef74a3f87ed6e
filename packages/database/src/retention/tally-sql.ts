import { TEST_SOURCE } from '@calseta/common';

/** Alerts of test pushes are in no metric. */
export const IS_REAL = `source_name <> '${TEST_SOURCE}'`;

/** What is counted of an hour, in groups: alerts that came in it, or that were closed in it. */
export type Kind = 'received' | 'closed';

const GROUPS: Record<Kind, { isClosed: boolean; in: (begins: string, ends: string) => string }> = {
  received: {
    isClosed: false,
    in: (begins, ends) => `
      SELECT source_name, severity, detection_rule_id, NULL::text AS close_classification,
             count(*)::int AS alert_count,
             (count(*) FILTER (WHERE enrichment_status = 'Enriched'))::int AS enriched_count
        FROM alerts WHERE received_at >= ${begins} AND received_at < ${ends} AND ${IS_REAL}
       GROUP BY 1, 2, 3`,
  },
  closed: {
    isClosed: true,
    in: (begins, ends) => `
      SELECT source_name, NULL::severity AS severity, detection_rule_id, close_classification,
             count(*)::int AS alert_count, 0 AS enriched_count
        FROM alerts WHERE closed_at >= ${begins} AND closed_at < ${ends} AND ${IS_REAL}
       GROUP BY 1, 3, 4`,
  },
};

const COLUMNS =
  'source_name, severity, detection_rule_id, close_classification, alert_count, enriched_count';

/** Writes the tallies of the hours `$1`. */
export const writeTallies = (kind: Kind): string => `
  INSERT INTO alert_tallies (hour, is_closed, ${COLUMNS})
  SELECT given.hour, ${GROUPS[kind].isClosed}, ${COLUMNS}
    FROM unnest($1::timestamptz[]) AS given (hour)
   CROSS JOIN LATERAL (${GROUPS[kind].in('given.hour', "given.hour + interval '1 hour'")}) AS counted`;

/**
 * A query's WITH for the span from `$1` to `$2`, which ends in `counted`: groups of alerts with their counts, some of them
 * in several rows. Whole hours come from the tallies; the ends of the span, what is not tallied yet, and hours in which
 * something changed afterwards are counted as they stand.
 */
export const countedInSpan = (kind: Kind): string => `
  WITH span AS (
    SELECT $1::timestamptz AS since, $2::timestamptz AS until,
           date_trunc('hour', $1::timestamptz + interval '1 hour' - interval '1 millisecond', 'UTC') AS first
  ), whole AS MATERIALIZED (
    SELECT since, until, first AS begins,
           greatest(first, least(date_trunc('hour', until, 'UTC'),
                                 coalesce((SELECT tallied_until FROM alert_tally_state), '-infinity'))) AS ends
      FROM span
  ), changed AS MATERIALIZED (
    SELECT DISTINCT hour FROM whole JOIN alert_tally_marks ON hour >= begins AND hour < ends
  ), part AS (
    SELECT since AS begins, least(begins, until) AS ends FROM whole
    UNION ALL SELECT ends, until FROM whole WHERE ends < until
    UNION ALL SELECT hour, hour + interval '1 hour' FROM changed
  ), counted AS (
    SELECT ${COLUMNS} FROM whole
      JOIN alert_tallies ON is_closed = ${GROUPS[kind].isClosed} AND hour >= begins AND hour < ends
     WHERE hour NOT IN (SELECT hour FROM changed)
    UNION ALL
    SELECT ${COLUMNS} FROM part CROSS JOIN LATERAL (${GROUPS[kind].in('part.begins', 'part.ends')}) AS standing
  )`;

import { isNoTest } from '../core/test-alerts.js';

/** Alerts of test pushes are in no metric. */
export const IS_REAL = isNoTest('alerts');

/** What is counted of an hour, in groups: alerts that came in it, or that were closed in it, by source or by rule. */
export type Kind =
  'received_by_source' | 'received_by_rule' | 'closed_by_source' | 'closed_by_rule';

type Counted = {
  time: 'received_at' | 'closed_at';
  isByRule: boolean;
  groups: string;
  among: string;
};

/** What the index of each time holds. */
const COUNTS = {
  received_at: `count(*)::int AS alert_count,
             (count(*) FILTER (WHERE enrichment_status = 'Enriched'))::int AS enriched_count,
             count(detection_rule_id)::int AS rule_count, 0 AS classified_count, 0 AS false_positive_count`,
  closed_at: `count(*)::int AS alert_count, 0 AS enriched_count, count(detection_rule_id)::int AS rule_count,
             count(close_classification)::int AS classified_count,
             (count(*) FILTER (WHERE close_classification = 'false_positive'))::int AS false_positive_count`,
};
const BY_RULE = `'' AS source_name, NULL::severity AS severity, detection_rule_id, NULL::text AS close_classification`;
const HAS_RULE = `${IS_REAL} AND detection_rule_id IS NOT NULL`;

const KINDS: Record<Kind, Counted> = {
  received_by_source: {
    time: 'received_at',
    isByRule: false,
    groups:
      'source_name, severity, NULL::uuid AS detection_rule_id, NULL::text AS close_classification',
    among: IS_REAL,
  },
  received_by_rule: { time: 'received_at', isByRule: true, groups: BY_RULE, among: HAS_RULE },
  closed_by_source: {
    time: 'closed_at',
    isByRule: false,
    groups:
      'source_name, NULL::severity AS severity, NULL::uuid AS detection_rule_id, close_classification',
    among: IS_REAL,
  },
  closed_by_rule: { time: 'closed_at', isByRule: true, groups: BY_RULE, among: HAS_RULE },
};

export const ALL_KINDS = Object.keys(KINDS) as Kind[];

function countedIn(kind: Kind, begins: string, ends: string): string {
  const { time, groups, among } = KINDS[kind];
  return `
      SELECT ${groups}, ${COUNTS[time]}
        FROM alerts WHERE ${time} >= ${begins} AND ${time} < ${ends} AND ${among} GROUP BY 1, 2, 3, 4`;
}

const isOfClosed = (kind: Kind): boolean => KINDS[kind].time === 'closed_at';

const COLUMNS = `source_name, severity, detection_rule_id, close_classification, alert_count, enriched_count, rule_count,
         classified_count, false_positive_count`;

/** Writes the tallies of the hours `$1`. */
export const writeTallies = (kind: Kind): string => `
  INSERT INTO alert_tallies (hour, is_closed, is_by_rule, ${COLUMNS})
  SELECT given.hour, ${isOfClosed(kind)}, ${KINDS[kind].isByRule}, ${COLUMNS}
    FROM unnest($1::timestamptz[]) AS given (hour)
   CROSS JOIN LATERAL (${countedIn(kind, 'given.hour', "given.hour + interval '1 hour'")}) AS counted`;

/** A row for each kind, as the tallies name it. */
export const EACH_KIND =
  '(VALUES (false, false), (false, true), (true, false), (true, true)) AS kind (is_closed, is_by_rule)';

/** Sums up the tallies of the day `$1`. */
export const SUM_DAY = `
  INSERT INTO alert_day_tallies (day, is_closed, is_by_rule, ${COLUMNS})
  SELECT $1::timestamptz, kind.is_closed, kind.is_by_rule, source_name, severity, detection_rule_id, close_classification,
         sum(alert_count), sum(enriched_count), sum(rule_count), sum(classified_count), sum(false_positive_count)
    FROM ${EACH_KIND}
    JOIN alert_tallies t ON t.is_closed = kind.is_closed AND t.is_by_rule = kind.is_by_rule
                        AND hour >= $1::timestamptz AND hour < $1::timestamptz + interval '24 hours'
   GROUP BY 2, 3, 4, 5, 6, 7`;

/**
 * A query's WITH for the span from `$1` to `$2`, which ends in `counted`: groups of alerts with their counts, some of them
 * in several rows. Whole days and hours come from the tallies; the ends of the span, what is not tallied yet, and hours in
 * which something changed afterwards are counted as they stand.
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
  ), days AS MATERIALIZED (
    SELECT day FROM whole JOIN alert_tallied_days ON day >= begins AND day <= ends - interval '24 hours'
     WHERE day NOT IN (SELECT date_trunc('day', hour, 'UTC') FROM changed)
  ), hours AS MATERIALIZED (
    SELECT hour FROM whole CROSS JOIN generate_series(begins, ends - interval '1 hour', interval '1 hour') AS hour
     WHERE date_trunc('day', hour, 'UTC') NOT IN (SELECT day FROM days) AND hour NOT IN (SELECT hour FROM changed)
  ), part AS (
    SELECT since AS begins, least(begins, until) AS ends FROM whole
    UNION ALL SELECT ends, until FROM whole WHERE ends < until
    UNION ALL SELECT hour, hour + interval '1 hour' FROM changed
  ), counted AS (
    SELECT ${COLUMNS} FROM days JOIN alert_day_tallies USING (day) WHERE ${ofKind(kind)}
    UNION ALL
    SELECT ${COLUMNS} FROM hours JOIN alert_tallies USING (hour) WHERE ${ofKind(kind)}
    UNION ALL
    SELECT ${COLUMNS} FROM part CROSS JOIN LATERAL (${countedIn(kind, 'part.begins', 'part.ends')}) AS standing
  )`;

const ofKind = (kind: Kind): string =>
  `is_closed = ${isOfClosed(kind)} AND is_by_rule = ${KINDS[kind].isByRule}`;

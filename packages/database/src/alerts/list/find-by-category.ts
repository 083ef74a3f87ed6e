import {
  ALERT_STATUSES,
  type AlertFilter,
  MALICES,
  SEVERITIES,
  TEST_SOURCE,
} from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { type Condition, MALICE, renderChecks, wantedSeverities } from './conditions.js';
import { inOrder, type Position, type Window } from './window.js';

/**
 * One index holds the alerts by status, severity, verdict and source, and within each combination of them by time. So the
 * newest of a filter are among the first of the combinations that it allows, however rare or old they are.
 */
export async function findByCategory(
  { query }: Connection,
  filter: AlertFilter,
  {
    order,
    take,
    conditions,
  }: Pick<Window, 'order' | 'take'> & { conditions: readonly Condition[] },
): Promise<Position[]> {
  const values: unknown[] = categoriesOf(filter);
  const limit = `LIMIT $${values.push(take)}`;
  const combinations = filter.source_name
    ? `WITH combinations AS (${GIVEN}, unnest($${values.push([...new Set(filter.source_name)])}::text[]) AS source_name)`
    : WALKED;
  const received = conditions.filter(({ kind }) => kind === 'received');
  const others = conditions.filter(({ kind }) => !IN_COMBINATION.has(kind));
  const within = (more: readonly Condition[]): string =>
    `FROM alerts a WHERE ${OF_COMBINATION} AND ${renderChecks([...received, ...more], values)}`;
  // Only the combinations with the newest alerts can be on the page, where nothing but the time narrows it further.
  const isNarrowed = others.length > 0 || order !== 'received_at';
  const named = `source_name IS NOT NULL AND source_name <> '${TEST_SOURCE}'`;
  const wanted = filter.source_name ? 'true' : named;
  const newest = isNarrowed
    ? `SELECT * FROM combinations c WHERE ${wanted}`
    : `SELECT c.* FROM combinations c
        CROSS JOIN LATERAL (SELECT a.received_at, a.id ${within([])} ${inOrder('received_at', 'a.')} LIMIT 1) AS first
        WHERE ${wanted} ${inOrder('received_at', 'first.')} ${limit}`;
  const { rows } = await query<Position>(
    `${combinations}
     SELECT found.id, found.${order}::text AS at FROM (${newest}) AS c
      CROSS JOIN LATERAL (SELECT a.id, a.${order} ${within(others)} ${inOrder(order, 'a.')} ${limit}) AS found
      ${inOrder(order, 'found.')} ${limit}`,
    values,
  );
  return rows;
}

/** The statuses, severities and verdicts that a filter allows. */
export const categoriesOf = (filter: AlertFilter): [string[], string[], string[]] => [
  [...new Set(filter.status ?? ALERT_STATUSES)],
  [...new Set(wantedSeverities(filter) ?? SEVERITIES)],
  [...new Set(filter.malice ?? MALICES)],
];

/** What the combinations say already, and what the order within each says. */
const IN_COMBINATION = new Set<Condition['kind']>(['category', 'test', 'received']);

const GIVEN = `
  SELECT * FROM unnest($1::alert_status[]) AS status, unnest($2::severity[]) AS severity,
         unnest($3::malice[]) AS malice`;

const OF_COMBINATION = `a.status = c.status AND a.severity = c.severity AND ${MALICE} = c.malice
                    AND a.source_name = c.source_name`;

const sourceAfter = (from: string, more: string): string => `
  SELECT c.status, c.severity, c.malice,
         (SELECT a.source_name FROM alerts a
           WHERE a.status = c.status AND a.severity = c.severity AND ${MALICE} = c.malice ${more}
           ORDER BY a.source_name LIMIT 1) AS source_name
    FROM ${from} AS c`;

/** The sources that there are, each found from the one before by one look into the index. */
const WALKED = `
  WITH RECURSIVE combinations AS (
    ${sourceAfter(`(${GIVEN})`, '')}
    UNION ALL
    ${sourceAfter('combinations', 'AND a.source_name > c.source_name')} WHERE c.source_name IS NOT NULL
  )`;

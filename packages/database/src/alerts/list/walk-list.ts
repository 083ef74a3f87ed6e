import { type Connection } from '../../core/database.js';
import { type Condition, render, renderChecks, STAGE_PARTS } from './conditions.js';
import { inOrder, type Order, type Position, type Window } from './window.js';

/** What a walk came to: of the alerts that it looked at, those that match, up to a full page. */
export type Walk = {
  found: Position[];
  /** The time where it ended, itself looked at; undefined at the end of the list. */
  edge: string | undefined;
};

type Row = Position & { edge: string | null };

/** In the order of the list, and of its index: until the page is full or about `looks` alerts were looked at. */
export async function walkList(
  { query }: Connection,
  conditions: readonly Condition[],
  { order, take }: Pick<Window, 'order' | 'take'>,
  looks = Infinity,
): Promise<Walk> {
  const values: unknown[] = [];
  const limit = `LIMIT $${values.push(take)}`;
  const isSpan = isSpanOf(order);
  const within = render(conditions.filter(isSpan), values);
  const wanted = renderChecks(
    conditions.filter((one) => !isSpan(one)),
    values,
  );
  const inIndex = order === 'received_at' ? within : `${within} AND ${STAGE_PARTS[0]}`;
  const edge = Number.isFinite(looks)
    ? `(SELECT a.${order} FROM alerts a WHERE ${inIndex} ORDER BY a.${order} DESC OFFSET ${looks} LIMIT 1)`
    : 'NULL::timestamptz';
  const alerts = inParts(
    order,
    `SELECT a.id, a.${order} FROM alerts a
      WHERE ${within} AND a.${order} >= coalesce(edge.at, '-infinity') AND ${wanted}`,
    limit,
  );
  const { rows } = await query<Row>(
    `SELECT found.id, found.${order}::text AS at, edge.at::text AS edge
       FROM (SELECT ${edge} AS at OFFSET 0) AS edge LEFT JOIN LATERAL (${alerts}) AS found ON true
      ${inOrder(order, 'found.')}`,
    values,
  );
  const last = rows[0]?.edge ?? undefined;
  return {
    // Where nothing was found, one row tells the edge.
    found: rows.flatMap(({ id, at }) => ((id as string | null) === null ? [] : [{ id, at }])),
    edge: last,
  };
}

/** Whether a condition is on the time by which a list is ordered, or has an index in that order. */
export const isSpanOf =
  (order: Order) =>
  ({ kind }: Condition): boolean =>
    order === 'received_at' ? kind === 'received' || kind === 'listed' : kind === 'occurred';

/** By time of occurrence alerts are read part by part, because no index has them all. */
function inParts(order: Order, select: string, limit: string): string {
  const ending = `${inOrder(order, 'a.')} ${limit}`;
  if (order === 'received_at') return `${select} ${ending}`;
  const parts = STAGE_PARTS.map((part) => `(${select} AND ${part} ${ending})`);
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS a ${ending}`;
}

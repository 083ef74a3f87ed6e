import { type Connection } from '../../core/database.js';
import { type Condition, render, STAGE_PARTS } from './conditions.js';
import { type Finder } from './finders.js';
import { inOrder, type Position, type Window } from './window.js';

/** What all alerts of a list have in common; `leading` finds fewer of them than the conditions do. */
export type Gathering = { conditions: readonly Condition[]; leading: Finder | undefined };

/** SQL of all that match, read from the indexes of what is wanted. */
export function gathered(
  { conditions, leading }: Gathering,
  columns: string,
  values: unknown[],
): string {
  if (!leading) {
    const select = `SELECT ${columns} FROM alerts a WHERE ${render(conditions, values)}`;
    if (!conditions.some(({ kind }) => kind === 'occurred')) return select;
    // The index of the time of occurrence has those of one part alone.
    return STAGE_PARTS.map((part) => `(${select} AND ${part})`).join(' UNION ALL ');
  }
  const others = conditions.filter((one) => one !== leading.condition);
  return `
    SELECT a.* FROM (${leading.ids(values)} OFFSET 0) AS hit
     CROSS JOIN LATERAL (SELECT ${columns} FROM alerts a
                          WHERE a.id = hit.alert_id AND ${render(others, values)} LIMIT 1) AS a`;
}

/** All that match are read and then sorted: OFFSET keeps Postgres from walking along the list instead. */
export async function gather(
  { query }: Connection,
  gathering: Gathering,
  { order, take }: Pick<Window, 'order' | 'take'>,
): Promise<Position[]> {
  const values: unknown[] = [];
  const all = gathered(gathering, `a.id, a.${order}`, values);
  const { rows } = await query<Position>(
    `SELECT a.id, a.${order}::text AS at FROM (${all} OFFSET 0) AS a
      ${inOrder(order, 'a.')} LIMIT $${values.push(take)}`,
    values,
  );
  return rows;
}

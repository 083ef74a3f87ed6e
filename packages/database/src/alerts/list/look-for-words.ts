import { type Connection } from '../../core/database.js';
import { type Condition, render, STAGE_PARTS } from './conditions.js';
import { type Finder } from './finders.js';
import { isSpanOf } from './walk-list.js';
import { type Order } from './window.js';

/** So few matches are chance. */
const CHANCE = 2;

/**
 * What a finder finds among the alerts at the beginning of a list. Postgres knows the frequent words alone: of others, and of
 * beginnings of words, there may be many times as many as it expects.
 */
export async function lookForWords(
  { query }: Connection,
  finder: Finder,
  { conditions, order, looked }: { conditions: readonly Condition[]; order: Order; looked: number },
): Promise<Finder> {
  const values: unknown[] = [];
  const part = order === 'received_at' ? 'true' : STAGE_PARTS[0];
  const within = render(conditions.filter(isSpanOf(order)), values);
  const wanted = render([finder.condition], values);
  const { rows } = await query<{ count: number; all: number }>(
    `SELECT count(*)::int AS count, (SELECT reltuples FROM pg_class WHERE oid = 'alerts'::regclass) AS "all"
       FROM (SELECT a.id FROM alerts a WHERE ${within} AND ${part} ORDER BY a.${order} DESC LIMIT ${looked}) AS a
      WHERE ${wanted}`,
    values,
  );
  const { count = 0, all = 0 } = rows[0] ?? {};
  return count <= CHANCE
    ? finder
    : { ...finder, rows: Math.max(finder.rows, (count / looked) * all) };
}

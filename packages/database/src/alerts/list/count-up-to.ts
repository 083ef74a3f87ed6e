import { type Connection } from '../../core/database.js';
import { gathered } from './gather.js';
import { type Search } from './search.js';

/** So many alerts are counted from what a word or an indicator finds; where more are found, most lists have enough of them. */
const FEW_FOUND = 20_000;

/** How many alerts match, at most `limit`. */
export async function countUpTo(
  { query }: Connection,
  { conditions, finders }: Search,
  limit: number,
): Promise<number> {
  const [rarest] = finders.toSorted((a, b) => a.rows - b.rows);
  const leading = rarest && rarest.rows <= FEW_FOUND ? rarest : undefined;
  const values: unknown[] = [];
  const { rows } = await query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (${gathered({ conditions, leading }, 'a.id', values)} LIMIT ${limit}) AS counted`,
    values,
  );
  return rows[0]?.count ?? 0;
}

import { type Connection } from '../../core/database.js';
import { renderChecks } from './conditions.js';
import { estimate } from './estimate.js';
import { findersOf } from './finders.js';
import { gathered } from './gather.js';
import { type Search } from './search.js';

/** So many alerts are counted from what a word or an indicator finds; where more are found, most lists have enough of them. */
const FEW_FOUND = 20_000;

/** How many alerts match, at most `limit`. */
export async function countUpTo(
  connection: Connection,
  { conditions, asked }: Search,
  limit: number,
): Promise<number> {
  const finders = await findersOf(connection, asked);
  const [rarest] = finders.toSorted((a, b) => a.rows - b.rows);
  const leading = rarest && rarest.rows <= FEW_FOUND ? rarest : undefined;
  const gathering = { values: [] as unknown[], select: '' };
  gathering.select = gathered({ conditions, leading }, 'a.id', gathering.values);
  const { rows: expected } = await estimate(connection, gathering.select, gathering.values);
  const { select, values } = expected > MANY * limit ? checked(conditions) : gathering;
  const { rows } = await connection.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (${select} LIMIT ${limit}) AS counted`,
    values,
  );
  return rows[0]?.count ?? 0;
}

/** Where so many times more are expected than are counted, they are met soon, and to read indexes whole would take longer. */
const MANY = 3;

/** SQL of all that match, asked of one alert after another. */
function checked(conditions: Search['conditions']): { select: string; values: unknown[] } {
  const values: unknown[] = [];
  return {
    select: `SELECT a.id FROM alerts a WHERE ${renderChecks(conditions, values)}`,
    values,
  };
}

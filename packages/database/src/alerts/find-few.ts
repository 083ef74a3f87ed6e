import { type AlertFilter } from '@calseta/common';
import { type Database } from '../core/database.js';
import { type Found, textQuery } from './alert-conditions.js';
import { spellings } from './indicator-store.js';

type FindDatabase = Pick<Database, 'prisma' | 'query' | 'transaction'>;

/** Alerts that are found by their ids; more are found while the list is walked, where a page is full soon. */
const FEW = 2_000;

const BY_TEXT = (parameter: string): string =>
  `SELECT alert_id FROM alert_texts WHERE words @@ to_tsquery('simple', ${parameter})`;
const BY_INDICATOR = (parameter: string): string =>
  `SELECT alert_id FROM alert_indicators WHERE indicator_id = ANY(${parameter}::uuid[])`;

/** What the text and the indicator of a filter find. */
export async function findFew(
  database: FindDatabase,
  { q, indicator }: Pick<AlertFilter, 'q' | 'indicator'>,
): Promise<Found[]> {
  const [byText, byIndicator] = await Promise.all([
    q === undefined ? undefined : findBy(database, BY_TEXT, textQuery(q)),
    indicator === undefined
      ? undefined
      : findBy(database, BY_INDICATOR, await idsOf(database, indicator)),
  ]);
  return [byText, byIndicator].filter((found) => found !== undefined);
}

async function findBy(
  { transaction }: FindDatabase,
  condition: (parameter: string) => string,
  value: unknown,
): Promise<Found> {
  const rows = await transaction(async (client) => {
    // Without knowing how many there are, Postgres would read the whole table to find a few.
    client.send('SET LOCAL enable_seqscan = off');
    const found = await client.query<{ alert_id: string }>(`${condition('$1')} LIMIT ${FEW + 1}`, [
      value,
    ]);
    return found.rows;
  });
  if (rows.length > FEW) return { condition, value };
  return { ids: rows.map(({ alert_id: id }) => id) };
}

/** Indicators with a value, in any of its spellings. */
async function idsOf({ prisma }: FindDatabase, value: string): Promise<string[]> {
  const rows = await prisma.indicator.findMany({
    where: { OR: spellings(value) },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

import { type AlertFilter } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { spellings } from '../indicator-store.js';
import { type Condition, render } from './conditions.js';
import { estimateRows } from './estimate-rows.js';
import { textQuery } from './text-query.js';

/** What lists of alerts are read with. */
export type ListDatabase = Pick<Database, 'prisma' | 'query'>;

/**
 * So many alerts are read whole and sorted. More are met soon enough along the list; and an index of words or tags is read
 * whole before its first row comes, so where more are expected it is not read.
 */
const FEW = 20_000;

/** What a text or an indicator finds: SQL of alert ids, and as a condition on one alert. */
type Finder = { ids: (p: string) => string; condition: (p: string) => string; value: unknown };

const byText = (q: string): Finder => ({
  value: textQuery(q),
  ids: (p) => `SELECT alert_id AS id FROM alert_texts WHERE words @@ to_tsquery('simple', ${p})`,
  // A subquery with a limit is asked once an alert; a join might begin with all that the words find.
  condition: (p) =>
    `(SELECT true FROM alert_texts t WHERE t.alert_id = a.id AND t.words @@ to_tsquery('simple', ${p}) LIMIT 1)`,
});

const byIndicators = (ids: readonly string[]): Finder => ({
  value: ids,
  ids: (p) => `SELECT alert_id AS id FROM alert_indicators WHERE indicator_id = ANY(${p}::uuid[])`,
  condition: (p) =>
    `(SELECT true FROM alert_indicators l WHERE l.alert_id = a.id AND l.indicator_id = ANY(${p}::uuid[]) LIMIT 1)`,
});

/** A condition for what the text and one for what the indicator of a filter find: by their ids where they are few. */
export async function foundConditions(
  database: ListDatabase,
  { q, indicator }: Pick<AlertFilter, 'q' | 'indicator'>,
): Promise<(Condition & { isFew: boolean })[]> {
  const finders = [
    ...(q === undefined ? [] : [byText(q)]),
    ...(indicator === undefined ? [] : [byIndicators(await idsOf(database, indicator))]),
  ];
  return await Promise.all(
    finders.map(async ({ ids, condition, value }) => {
      const few = await findFew(database, ids('$1'), [value]);
      return few
        ? { ...oneOf(few), isFew: true }
        : { kind: 'found' as const, sql: condition, value, isFew: false };
    }),
  );
}

/** Whether few alerts are expected that all selective conditions hold of. */
export async function areFewSelected(
  database: ListDatabase,
  conditions: readonly Condition[],
): Promise<boolean> {
  const selective = conditions.filter(({ kind }) => kind === 'selective');
  if (selective.length === 0) return false;
  const values: unknown[] = [];
  const select = `SELECT a.id FROM alerts a WHERE ${render(selective, values)}`;
  return (await estimateRows(database, select, values)) <= FEW;
}

const oneOf = (ids: readonly string[]): Condition => ({
  kind: 'other',
  value: ids,
  sql: (p) => `a.id = ANY(${p}::uuid[])`,
});

async function findFew(
  database: ListDatabase,
  select: string,
  values: unknown[],
): Promise<string[] | undefined> {
  if ((await estimateRows(database, select, values)) > FEW) return undefined;
  const { rows } = await database.query<{ id: string }>(`${select} LIMIT ${FEW + 1}`, values);
  return rows.length > FEW ? undefined : rows.map(({ id }) => id);
}

/** Indicators with a value, in any of its spellings. */
async function idsOf({ prisma }: ListDatabase, value: string): Promise<string[]> {
  const rows = await prisma.indicator.findMany({
    where: { OR: spellings(value) },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

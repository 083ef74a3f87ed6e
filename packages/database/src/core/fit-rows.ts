import { MAX_PAGE_BYTES } from '@calseta/common';
import { type Connection } from './database.js';

/** Rows of a table that may be large. */
export type LargeRows = {
  table: string;
  /** SQL of the bytes that are read of row `r`. */
  bytes: string;
  /** Of the columns that select a row, where they hold no integers: uuid by default. */
  keyType?: 'uuid' | 'text';
};

/** Rows that are read whole. */
export const wholeRows = (table: string, keyType: LargeRows['keyType'] = 'uuid'): LargeRows => ({
  table,
  bytes: 'octet_length(r::text)',
  keyType,
});

/** SQL of the bytes of the rows of another table whose `column` holds the `key` of row `r`. */
export const childBytes = (table: string, column: string, key = 'id'): string =>
  `coalesce((SELECT sum(octet_length(c::text)) FROM ${table} c WHERE c.${column} = r.${key}), 0)`;

/** Columns that select a row, each with its value for every row. */
export type RowKeys = Readonly<Record<string, readonly string[] | readonly number[]>>;

/** How many of the rows are read together, and the bytes that they take. */
export type Fit = { count: number; bytes: number };

/**
 * Weighs rows, in the order of their keys, until they are more than `maxBytes`; the first one always fits. Rows after that
 * are not weighed, because Postgres has to unpack a large JSON value to tell its size.
 */
export async function fitRows(
  { query }: Connection,
  { table, bytes, keyType = 'uuid' }: LargeRows,
  keys: RowKeys,
  maxBytes = MAX_PAGE_BYTES,
): Promise<Fit> {
  const count = Object.values(keys)[0]?.length ?? 0;
  if (count === 0) return { count: 0, bytes: 0 };
  const values: unknown[] = [maxBytes, count];
  const isNext = Object.entries(keys).map(([column, given]) => {
    const type = typeof given[0] === 'number' ? 'int' : keyType;
    return `r.${column} = ($${values.push(given)}::${type}[])[fit.count + 1]`;
  });
  const { rows } = await query<Fit>(
    `SELECT * FROM (
       WITH RECURSIVE fit AS (
         SELECT 0 AS count, 0::bigint AS bytes
          UNION ALL
         SELECT fit.count + 1,
                fit.bytes + coalesce((SELECT ${bytes} FROM ${table} r WHERE ${isNext.join(' AND ')}), 0)
           FROM fit WHERE fit.bytes < $1::bigint AND fit.count < $2::int)
       SELECT count, bytes::float8 FROM fit
        WHERE bytes <= $1 OR count = 1 ORDER BY count DESC LIMIT 1) AS fitting`,
    values,
  );
  return rows[0] ?? { count: 0, bytes: 0 };
}

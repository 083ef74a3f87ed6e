import { type Connection } from '../../core/database.js';

type Explained = { 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] };

/** How many rows Postgres expects of a SELECT, by its statistics, without running it. */
export async function estimateRows(
  { query }: Connection,
  select: string,
  values: unknown[],
): Promise<number> {
  const { rows } = await query<Explained>(`EXPLAIN (FORMAT JSON) ${select}`, values);
  return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

import { type Connection } from '../../core/database.js';
import { type Condition, render } from './conditions.js';

type Explained = { 'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Total Cost': number } }] };

export type Estimate = { rows: number; cost: number };

/** How many rows Postgres expects of a SELECT and what it says they cost, by its statistics, without running it. */
export async function estimate(
  { query }: Connection,
  select: string,
  values: unknown[],
): Promise<Estimate> {
  const { rows } = await query<Explained>(`EXPLAIN (FORMAT JSON) ${select}`, values);
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  return { rows: plan?.['Plan Rows'] ?? 0, cost: plan?.['Total Cost'] ?? 0 };
}

/** How many alerts Postgres expects to meet all of these conditions. */
export async function estimateAlerts(
  connection: Connection,
  conditions: readonly Condition[],
): Promise<number> {
  const values: unknown[] = [];
  const select = `SELECT a.id FROM alerts a WHERE ${render(conditions, values)}`;
  return (await estimate(connection, select, values)).rows;
}

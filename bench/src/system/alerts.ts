import { type System } from './start-system.js';

/** Number of stored alerts, in total or at one stage. */
export async function countAlerts(
  { database }: Pick<System, 'database'>,
  stage?: string,
): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    'SELECT count(*) FROM alerts WHERE $1::text IS NULL OR stage::text = $1',
    [stage ?? null],
  );
  return Number(rows[0]?.count);
}

import { type System } from './start-system.js';

/** How many alerts are stored, in all or at one stage. */
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

/** Takes away everything that alerts have left, and keeps the configuration. */
export async function forgetAlerts({ database }: Pick<System, 'database'>): Promise<void> {
  await database.pool.query('TRUNCATE alerts, dedup_slots, indicators, detection_rules CASCADE');
  await database.pool.query('VACUUM ANALYZE');
}

import { createDispatchStore, type Database } from '@calseta/database';
import { type Percentiles, percentiles } from '../tools/statistics.js';

/** Alerts with indicators and a rule that many others have, spread over all. */
const SAMPLE = `
  SELECT id FROM alerts WHERE detection_rule_id IS NOT NULL AND stage = 'dispatched'
   ORDER BY hashtext(id::text) LIMIT $1`;

/** What the dispatcher reads of an alert before it pushes it, related alerts among it: one alert at a time. */
export async function measureRelated(
  database: Database,
  times: number,
): Promise<(Percentiles & { name: string })[]> {
  const { rows } = await database.query<{ id: string }>(SAMPLE, [times]);
  const store = createDispatchStore(database);
  const durations: number[] = [];
  for (const { id } of rows) {
    const startedAt = performance.now();
    await store.loadContexts([id]);
    durations.push(performance.now() - startedAt);
  }
  return [{ name: 'context of one alert', ...percentiles(durations) }];
}

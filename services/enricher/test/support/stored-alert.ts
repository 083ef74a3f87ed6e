import { type Classification, type IndicatorType, newUuid } from '@calseta/common';
import { type Database } from '@calseta/database';

export type StoredIndicator = {
  type: IndicatorType;
  value: string;
  classification?: Classification;
  isMalformed?: boolean;
};

/** Puts an alert where the extractor leaves it, and returns its id. */
export async function insertAlert(
  database: Database,
  indicators: readonly StoredIndicator[],
  { stage = 'extracted', revision = 1, sweepAt = new Date(Date.now() + 600_000) } = {},
): Promise<string> {
  const id = newUuid();
  await database.query(
    `INSERT INTO alerts (id, source_name, dedup_key, title, severity, occurred_at, received_at, last_seen_at,
                         raw_payload, stage, revision, stage_changed_at, next_sweep_at, indicator_count)
     VALUES ($1::uuid, 'generic', $1::uuid::text, 'Sign-in', 'High', now(), now(), now(), '{}', $2, $3, now(),
             $4, $5)`,
    [id, stage, revision, sweepAt, indicators.length],
  );
  for (const [
    position,
    { type, value, classification = 'public', isMalformed = false },
  ] of indicators.entries()) {
    const { rows } = await database.query<{ id: string }>(
      `INSERT INTO indicators (id, type, value, classification, is_malformed, first_seen_at, last_seen_at)
       VALUES ($1, $2, $3, $4, $5, now(), now())
       ON CONFLICT (type, value) DO UPDATE SET last_seen_at = now() RETURNING id`,
      [newUuid(), type, value, classification, isMalformed],
    );
    await database.query(
      'INSERT INTO alert_indicators (alert_id, indicator_id, position) VALUES ($1, $2, $3)',
      [id, rows[0]!.id, position],
    );
  }
  return id;
}

import { type ExtractedIndicator, newUuid } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { indicatorKey } from './indicator-key.js';
import { columnNames, type Columns, defineRows, storedValues } from '../../core/rows.js';

type Sighting = {
  indicator: ExtractedIndicator;
  firstSeenAt: Date;
  lastSeenAt: Date;
  alertCount: number;
};

/**
 * Creates or updates the global row of every indicator, and counts the alerts; returns ids by indicator key. All writers
 * lock rows in the byte order of (type, value), so that concurrent batches do not deadlock.
 */
export async function upsertIndicators(
  client: Connection,
  alerts: readonly { indicators: readonly ExtractedIndicator[]; seenAt: Date }[],
): Promise<Map<string, string>> {
  const sightings = [...gather(alerts).values()];
  if (sightings.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; key: string }>(
    UPSERT,
    SIGHTINGS.parameters(sightings),
  );
  return new Map(rows.map(({ id, key }) => [key, id]));
}

const COLUMNS: Columns<Sighting> = {
  id: ['uuid', () => newUuid()],
  type: ['text', ({ indicator }) => indicator.type, 'type::indicator_type'],
  value: ['text', ({ indicator }) => indicator.value],
  display_value: ['text', ({ indicator }) => indicator.displayValue ?? null],
  classification: ['text', ({ indicator }) => indicator.classification],
  is_malformed: ['bool', ({ indicator }) => indicator.isMalformed],
  first_seen_at: ['timestamptz', ({ firstSeenAt }) => firstSeenAt],
  last_seen_at: ['timestamptz', ({ lastSeenAt }) => lastSeenAt],
  alert_count: ['int', ({ alertCount }) => alertCount],
};
const SIGHTINGS = defineRows('given', COLUMNS);

// A known indicator is classified again, because the classification rules may have changed.
const UPSERT = `
  INSERT INTO indicators (${columnNames(COLUMNS)}, updated_at)
  SELECT ${storedValues(COLUMNS)}, now()
    FROM ${SIGHTINGS.from}
   ORDER BY type COLLATE "C", value COLLATE "C"
  ON CONFLICT (type, value) DO UPDATE
     SET first_seen_at = least(indicators.first_seen_at, excluded.first_seen_at),
         last_seen_at = greatest(indicators.last_seen_at, excluded.last_seen_at),
         alert_count = indicators.alert_count + excluded.alert_count,
         display_value = coalesce(indicators.display_value, excluded.display_value),
         classification = excluded.classification,
         is_malformed = excluded.is_malformed,
         updated_at = now()
  RETURNING id, type::text || ' ' || value AS key`;

function gather(
  alerts: readonly { indicators: readonly ExtractedIndicator[]; seenAt: Date }[],
): Map<string, Sighting> {
  const sightings = new Map<string, Sighting>();
  for (const { indicators, seenAt } of alerts)
    for (const indicator of indicators) {
      const key = indicatorKey(indicator);
      const earlier = sightings.get(key);
      const { firstSeenAt = seenAt, lastSeenAt = seenAt, alertCount = 0 } = earlier ?? {};
      sightings.set(key, {
        indicator,
        firstSeenAt: seenAt < firstSeenAt ? seenAt : firstSeenAt,
        lastSeenAt: seenAt > lastSeenAt ? seenAt : lastSeenAt,
        alertCount: alertCount + 1,
      });
    }
  return sightings;
}

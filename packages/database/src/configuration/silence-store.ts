import { formatTimestamp, type OperatorEvent } from '@calseta/common';
import { type Connection, type Database } from '../core/database.js';
import { createEvents } from '../events/create-events.js';

export interface SilenceStore {
  /**
   * Tells agents which sources have become silent and which no longer are, at most `limit` of each. Of all replicas that
   * ask at once, one tells. Returns how many were told.
   */
  tellOfSilence(limit: number): Promise<number>;
}

/** Whether nothing has come from a source for longer than expected; one that was never seen counts from its creation. */
export const IS_SILENT = `
  (is_active AND expected_every_seconds IS NOT NULL AND
   coalesce(last_seen_at, created_at) < now() - make_interval(secs => expected_every_seconds))`;

// A source that another replica has locked is told of by that replica.
const claim = (condition: string): string => `
  SELECT name, silent_since FROM sources
   WHERE ${condition}
   ORDER BY name LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`;

const BECOME_SILENT = `
  WITH silent AS (${claim(`silent_since IS NULL AND ${IS_SILENT}`)})
  UPDATE sources SET silent_since = coalesce(sources.last_seen_at, sources.created_at) FROM silent WHERE sources.name = silent.name
  RETURNING sources.name, sources.expected_every_seconds, sources.last_seen_at`;

const NO_LONGER_SILENT = `
  WITH ended AS (${claim(`silent_since IS NOT NULL AND NOT ${IS_SILENT}`)})
  UPDATE sources SET silent_since = NULL FROM ended WHERE sources.name = ended.name
  RETURNING sources.name, sources.last_seen_at, ended.silent_since,
            coalesce(sources.last_seen_at > ended.silent_since, false) AS is_heard`;

type Silent = { name: string; expected_every_seconds: number; last_seen_at: Date | null };
type Ended = { name: string; last_seen_at: Date | null; silent_since: Date; is_heard: boolean };

export const createSilenceStore = ({
  transaction,
}: Pick<Database, 'transaction'>): SilenceStore => ({
  tellOfSilence: async (limit) =>
    await transaction(async (client) => {
      const silent = await client.query<Silent>(BECOME_SILENT, [limit]);
      const ended = await client.query<Ended>(NO_LONGER_SILENT, [limit]);
      return await tell(client, [...silent.rows.map(toSilent), ...ended.rows.map(toResumed)]);
    }),
});

async function tell(client: Connection, events: readonly OperatorEvent[]): Promise<number> {
  await createEvents((text, values) => client.query(text, values), events);
  return events.length;
}

const toSilent = (row: Silent): OperatorEvent => ({
  event: 'source.silent',
  data: {
    source_name: row.name,
    expected_every_seconds: row.expected_every_seconds,
    ...(row.last_seen_at && { last_seen_at: formatTimestamp(row.last_seen_at) }),
  },
});

const toResumed = (row: Ended): OperatorEvent => ({
  event: 'source.resumed',
  data: {
    source_name: row.name,
    because: row.is_heard ? 'seen' : 'settings',
    silent_since: formatTimestamp(row.silent_since),
    ...(row.last_seen_at && { last_seen_at: formatTimestamp(row.last_seen_at) }),
  },
});

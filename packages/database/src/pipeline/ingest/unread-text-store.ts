import { createMicroBatcher } from '@calseta/async';
import { type Connection, type Database } from '../../core/database.js';
import { type Claim, claimAlerts } from './claim-alerts.js';
import { tellOfQuarantined } from './claim-and-tell.js';
import { countRepeats } from './count-repeats.js';
import { type IngestItem } from './ingest-item.js';

/** Maximum number of open texts kept per source. */
export const MAX_UNREAD_TEXTS_PER_SOURCE = 1_000;

/** Stores bodies that are not JSON. */
export interface UnreadTextStore {
  /**
   * Stores a text as a quarantined alert, or counts it on the alert with the same text; resolves after the commit.
   * Undefined when the source has too many open texts.
   */
  keep(item: IngestItem): Promise<{ alertId: string } | undefined>;
  drain(): Promise<void>;
}

/** One batch at a time, so that a flood takes only one connection. */
const BATCHES = { maxItems: 64, maxWaitMs: 5, maxConcurrentBatches: 1 };

export function createUnreadTextStore(
  database: Pick<Database, 'query' | 'transaction'>,
  { maxQueued }: { maxQueued: number },
): UnreadTextStore {
  const batcher = createMicroBatcher({
    ...BATCHES,
    maxQueued,
    run: async (items: IngestItem[]) => await keepTexts(database, items),
  });
  return { keep: batcher.add, drain: batcher.drain };
}

async function keepTexts(
  database: Pick<Database, 'query' | 'transaction'>,
  items: readonly IngestItem[],
): Promise<({ alertId: string } | undefined)[]> {
  const claims = await database.transaction(async (client) => {
    const kept = await withinLimit(client, items);
    const claimed = await claimAlerts(client, kept);
    await tellOfQuarantined(client, kept, claimed);
    return new Map(kept.map((item, index) => [item, claimed[index]]));
  });
  const repeats = items.flatMap((item) => {
    const claim: Claim | undefined = claims.get(item);
    return claim && !claim.isStored ? [{ alertId: claim.alertId, item }] : [];
  });
  if (repeats.length > 0) await countRepeats(database, repeats);
  return items.map((item) => claims.get(item));
}

// Held until the transaction ends, so that replicas count one after the other.
const LOCK = `
  SELECT pg_advisory_xact_lock(hashtextextended('unread texts of ' || name, 0))
    FROM unnest($1::text[]) AS name`;

const COUNT_OPEN = `
  SELECT name, (SELECT count(*)::int FROM (
           SELECT FROM alerts
            WHERE source_name = name AND stage = 'quarantined' AND failure_code = 'body.malformed'
              AND status <> 'Closed' LIMIT ${MAX_UNREAD_TEXTS_PER_SOURCE}) AS open) AS count
    FROM unnest($1::text[]) AS name`;

const STANDING = `
  SELECT dedup_key AS key, source_name AS name FROM dedup_slots
   WHERE (source_name, dedup_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     AND expires_at > clock_timestamp()`;

/** Returns repeats of stored texts, and as many new texts as the limit allows. */
async function withinLimit(
  client: Connection,
  items: readonly IngestItem[],
): Promise<IngestItem[]> {
  const names = [...new Set(items.map(({ sourceName }) => sourceName))].sort();
  await client.query(LOCK, [names]);
  const { rows: counts } = await client.query<{ name: string; count: number }>(COUNT_OPEN, [names]);
  const { rows: standing } = await client.query<{ name: string; key: string }>(STANDING, [
    items.map(({ sourceName }) => sourceName),
    items.map(({ dedupKey }) => dedupKey),
  ]);
  const open = new Map(counts.map(({ name, count }) => [name, count]));
  const known = new Set(standing.map(({ name, key }) => `${name}\n${key}`));
  return items.filter(({ sourceName, dedupKey }) => {
    const key = `${sourceName}\n${dedupKey}`;
    if (known.has(key)) return true;
    const count = open.get(sourceName) ?? 0;
    if (count >= MAX_UNREAD_TEXTS_PER_SOURCE) return false;
    open.set(sourceName, count + 1);
    known.add(key);
    return true;
  });
}

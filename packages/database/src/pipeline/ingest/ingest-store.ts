import { type Severity } from '@calseta/common';
import { claimAlerts } from './claim-alerts.js';
import { countRepeats, type Repeat } from './count-repeats.js';
import { type Database } from '../../core/database.js';
import { type IngestItem } from './ingest-item.js';
import { createMicroBatcher, type MicroBatcherOptions } from '@calseta/async';

export { MAX_OCCURRENCES_PER_ALERT } from './count-repeats.js';
export { type IngestItem, type QuarantineCode } from './ingest-item.js';

export type IngestOutcome = {
  alertId: string;
  isDuplicate: boolean;
  /** Repeats of the alert so far, this one included. */
  duplicateCount: number;
  isQuarantined: boolean;
  severity: Severity;
};

export interface IngestStore {
  /** Stores an alert, or counts it on the one that it repeats; it is committed when this resolves. */
  ingest(item: IngestItem): Promise<IngestOutcome>;
  /** Throws AppError('service.overloaded') when there is no room for so many new alerts. */
  assertRoom(count: number): void;
  /** Resolves when nothing is on its way any more. */
  drain(): Promise<void>;
}

export type IngestBatches = Pick<
  MicroBatcherOptions<unknown, unknown>,
  'maxItems' | 'enoughItems' | 'maxWaitMs' | 'maxConcurrentBatches' | 'maxQueued'
> & {
  /** Characters of payloads that one batch may hold. */
  maxCharacters: number;
};

/** Characters of a payload; the bytes that it came in, where they are kept, are sent in hex. */
const sizeOf = ({ rawPayload, original }: IngestItem): number =>
  rawPayload.length + 2 * (original?.length ?? 0);

/** How often an alert may vanish from under its repeat. */
const MAX_TRIES = 3;

/**
 * The door of the pipeline: alerts are deduplicated and committed here. New ones and repeats are written in
 * batches of their own, so that what befalls the one does not befall the other.
 */
export function createIngestStore(
  database: Pick<Database, 'query' | 'transaction'>,
  { maxCharacters, ...batches }: IngestBatches,
): IngestStore {
  const claims = createMicroBatcher({
    ...batches,
    weight: { of: sizeOf, max: maxCharacters },
    run: async (items: IngestItem[]) => await claimAlerts(database, items),
  });
  const repeats = createMicroBatcher({
    ...batches,
    weight: { of: ({ item }: Repeat) => item.rawPayload.length, max: maxCharacters },
    run: async (given: Repeat[]) => await countRepeats(database, given),
  });

  return {
    assertRoom: claims.assertRoom,
    async ingest(item) {
      const { severity } = item.alert;
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const { alertId, isStored } = await claims.add(item);
        if (isStored) {
          const isQuarantined = item.quarantineReason !== undefined;
          return { alertId, isDuplicate: false, duplicateCount: 0, isQuarantined, severity };
        }
        const duplicateCount = await repeats.add({ alertId, item });
        if (duplicateCount !== undefined) {
          return { alertId, isDuplicate: true, duplicateCount, isQuarantined: false, severity };
        }
      }
      throw new Error('The alerts that stand for this one vanish.');
    },
    async drain() {
      await claims.drain();
      await repeats.drain();
    },
  };
}

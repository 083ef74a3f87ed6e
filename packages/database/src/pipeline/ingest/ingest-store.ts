import { createMicroBatcher, type MicroBatcherOptions } from '@calseta/async';
import { type IngestStatus, type Severity } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { claimAndTell } from './claim-and-tell.js';
import { countRepeats, type Repeat } from './count-repeats.js';
import { type IngestItem } from './ingest-item.js';
import { type ReadIndicators, takeRepeats } from './take-repeats.js';

export { MAX_KEPT_OCCURRENCES } from './apply-repeat.js';
export { type IngestItem, type QuarantineCode } from './ingest-item.js';
export { type Message, type ReadIndicators } from './take-repeats.js';

export type IngestOutcome = {
  alertId: string;
  status: IngestStatus;
  /** Repeats of the alert, including this one. */
  duplicateCount: number;
  severity: Severity;
  /** Whether an update starts a revision at once instead of being gathered. */
  isUrgent: boolean;
};

export interface IngestStore {
  /** Stores a new alert, or adds a repeat to its alert; resolves after the commit. */
  ingest(item: IngestItem): Promise<IngestOutcome>;
  /** Throws AppError('service.overloaded') when there is no room for that many new alerts. */
  assertRoom(count: number): void;
  /** Resolves when no write is in progress. */
  drain(): Promise<void>;
}

export type IngestBatches = Pick<
  MicroBatcherOptions<unknown, unknown>,
  'maxItems' | 'enoughItems' | 'maxWaitMs' | 'maxConcurrentBatches' | 'maxQueued'
> & {
  /** Maximum number of payload characters in one batch. */
  maxCharacters: number;
};

/** Payload size in characters; stored original bytes are sent in hex. */
const sizeOf = ({ rawPayload, original }: IngestItem): number =>
  rawPayload.length + 2 * (original?.length ?? 0);

/** Retries when the original alert is closed, filled up or deleted concurrently. */
const MAX_TRIES = 5;
/** Repeats with possible changes per transaction; low, because each is parsed first and their alerts stay locked. */
const MAX_TAKEN = 64;

/**
 * Entry of the pipeline: deduplicates and commits alerts. New alerts, repeats that are only counted and repeats with
 * changes are written in separate batches, so that failures of one batch do not affect the others.
 */
export function createIngestStore(
  database: Pick<Database, 'query' | 'transaction'>,
  { maxCharacters, ...batches }: IngestBatches,
  readIndicators: ReadIndicators,
): IngestStore {
  const claims = createMicroBatcher({
    ...batches,
    weight: { of: sizeOf, max: maxCharacters },
    run: async (items: IngestItem[]) => await claimAndTell(database, items),
  });
  const counts = createMicroBatcher({
    ...batches,
    run: async (given: Repeat[]) => await countRepeats(database, given),
  });
  const takes = createMicroBatcher({
    ...batches,
    maxItems: Math.min(batches.maxItems, MAX_TAKEN),
    weight: { of: ({ item }: Repeat) => sizeOf(item), max: maxCharacters },
    mayLeaveItems: true,
    run: async (given: Repeat[]) => await takeRepeats(database, readIndicators, given),
  });

  /** Undefined when the alert accepts no more repeats. */
  async function repeat(given: Repeat): Promise<IngestOutcome | undefined> {
    const { alertId, item } = given;
    const { severity, isEnd } = item.alert;
    const count = isEnd ? undefined : await counts.add(given);
    if (count !== undefined) {
      return { alertId, status: 'deduplicated', duplicateCount: count, severity, isUrgent: false };
    }
    const taken = await takes.add(given);
    return taken && { alertId, severity, ...taken };
  }

  return {
    assertRoom: claims.assertRoom,
    async ingest(item) {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const { alertId, isStored } = await claims.add(item);
        const outcome = isStored ? stored(alertId, item) : await repeat({ alertId, item });
        if (outcome) return outcome;
      }
      throw new Error('The alerts that stand for this one vanish.');
    },
    async drain() {
      await claims.drain();
      await counts.drain();
      await takes.drain();
    },
  };
}

function stored(alertId: string, { alert, quarantineReason }: IngestItem): IngestOutcome {
  const status = quarantineReason !== undefined ? 'quarantined' : alert.isEnd ? 'noted' : 'queued';
  return { alertId, status, duplicateCount: 0, severity: alert.severity, isUrgent: false };
}

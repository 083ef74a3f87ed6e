import { repeat } from '@calseta/async';
import { type SourceTraffic } from '@calseta/database';

export type TrafficRecorder = {
  accepted(sourceName: string, at: Date, alert: { isSeverityUnread: boolean }): void;
  rejected(sourceName: string, at: Date, reason: string): void;
  /** Counted in addition to `accepted` or `rejected`. */
  quarantined(sourceName: string, at: Date, reason: string): void;
  /** Writes the remaining sums. */
  close(): Promise<void>;
};

export const TRAFFIC_FLUSH_INTERVAL_MS = 5_000;
const MAX_REASON_CHARACTERS = 600;

/**
 * Sums counts per source in memory and writes them at an interval. Callers pass known sources only, which bounds
 * the memory.
 */
export function createTrafficRecorder(options: {
  addTraffic: (traffic: readonly SourceTraffic[]) => Promise<void>;
  onError: (error: unknown) => void;
  flushIntervalMs?: number;
}): TrafficRecorder {
  const { addTraffic, onError, flushIntervalMs = TRAFFIC_FLUSH_INTERVAL_MS } = options;
  let sums = new Map<string, SourceTraffic>();

  const sumOf = (sourceName: string, at: Date): SourceTraffic => {
    let sum = sums.get(sourceName);
    if (!sum) sums.set(sourceName, (sum = { sourceName, ...NOTHING, lastSeenAt: at }));
    return sum;
  };
  /** Adds to the sum in place, since this happens for each alert. */
  const count = (sourceName: string, at: Date, counter: keyof typeof NOTHING): SourceTraffic => {
    const sum = sumOf(sourceName, at);
    sum[counter] += 1;
    sum.lastSeenAt = at;
    return sum;
  };
  /** Returns sums that could not be written; what came since is later. */
  const addBack = (unwritten: SourceTraffic): void => {
    const since = sums.get(unwritten.sourceName);
    if (!since) {
      sums.set(unwritten.sourceName, unwritten);
      return;
    }
    const sum = { ...unwritten, ...since };
    for (const counter of COUNTERS) sum[counter] = unwritten[counter] + since[counter];
    sums.set(unwritten.sourceName, sum);
  };

  async function flush(): Promise<void> {
    const flushed = [...sums.values()];
    sums = new Map();
    if (flushed.length === 0) return;
    try {
      await addTraffic(flushed);
    } catch (error) {
      for (const unwritten of flushed) addBack(unwritten);
      throw error;
    }
  }

  const flushing = repeat({ intervalMs: () => flushIntervalMs, work: flush, onError });
  return {
    accepted(sourceName, at, { isSeverityUnread }) {
      const sum = count(sourceName, at, 'accepted');
      if (isSeverityUnread) sum.unreadSeverity += 1;
    },
    rejected(sourceName, at, reason) {
      count(sourceName, at, 'rejected').lastRejectedReason = cut(reason);
    },
    quarantined(sourceName, at, reason) {
      const sum = count(sourceName, at, 'quarantined');
      sum.lastQuarantinedAt = at;
      sum.lastQuarantinedReason = cut(reason);
    },
    async close() {
      await flushing.stop();
      await flush().catch(onError);
    },
  };
}

const NOTHING = { accepted: 0, rejected: 0, unreadSeverity: 0, quarantined: 0 };
const COUNTERS = Object.keys(NOTHING) as (keyof typeof NOTHING)[];

const cut = (reason: string): string => reason.slice(0, MAX_REASON_CHARACTERS);

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

  const add = (traffic: SourceTraffic): void => {
    const sum = sums.get(traffic.sourceName);
    sums.set(traffic.sourceName, {
      ...sum,
      ...traffic,
      accepted: (sum?.accepted ?? 0) + traffic.accepted,
      rejected: (sum?.rejected ?? 0) + traffic.rejected,
      unreadSeverity: (sum?.unreadSeverity ?? 0) + traffic.unreadSeverity,
      quarantined: (sum?.quarantined ?? 0) + traffic.quarantined,
    });
  };

  async function flush(): Promise<void> {
    const flushed = [...sums.values()];
    sums = new Map();
    if (flushed.length === 0) return;
    try {
      await addTraffic(flushed);
    } catch (error) {
      for (const traffic of flushed) add(traffic);
      throw error;
    }
  }

  const flushing = repeat({ intervalMs: () => flushIntervalMs, work: flush, onError });
  return {
    accepted: (sourceName, lastSeenAt, { isSeverityUnread }) =>
      add({
        ...NOTHING,
        sourceName,
        accepted: 1,
        unreadSeverity: isSeverityUnread ? 1 : 0,
        lastSeenAt,
      }),
    rejected: (sourceName, lastSeenAt, reason) =>
      add({ ...NOTHING, sourceName, rejected: 1, lastSeenAt, lastRejectedReason: cut(reason) }),
    quarantined: (sourceName, at, reason) =>
      add({
        ...NOTHING,
        sourceName,
        quarantined: 1,
        lastSeenAt: at,
        lastQuarantinedAt: at,
        lastQuarantinedReason: cut(reason),
      }),
    async close() {
      await flushing.stop();
      await flush().catch(onError);
    },
  };
}

const NOTHING = { accepted: 0, rejected: 0, unreadSeverity: 0, quarantined: 0 };

const cut = (reason: string): string => reason.slice(0, MAX_REASON_CHARACTERS);

import { type SourceTraffic } from '@calseta/database';

export type TrafficRecorder = {
  accepted(sourceName: string, at: Date, alert: { isSeverityUnread: boolean }): void;
  rejected(sourceName: string, at: Date, reason: string): void;
  /** Writes what is left. */
  close(): Promise<void>;
};

export const TRAFFIC_FLUSH_INTERVAL_MS = 5_000;
const MAX_REASON_CHARACTERS = 300;

/** Counts per source in memory and writes the sums now and then; names are those of known sources. */
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
      onError(error);
    }
  }

  const timer = setInterval(() => void flush(), flushIntervalMs);
  timer.unref();
  return {
    accepted: (sourceName, lastSeenAt, { isSeverityUnread }) =>
      add({
        sourceName,
        accepted: 1,
        rejected: 0,
        unreadSeverity: isSeverityUnread ? 1 : 0,
        lastSeenAt,
      }),
    rejected: (sourceName, lastSeenAt, reason) =>
      add({
        sourceName,
        accepted: 0,
        rejected: 1,
        unreadSeverity: 0,
        lastSeenAt,
        lastRejectedReason: reason.slice(0, MAX_REASON_CHARACTERS),
      }),
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

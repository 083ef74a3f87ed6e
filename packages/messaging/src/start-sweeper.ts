import { type AlertMessage } from '@calseta/common';
import { type Consumer, type PipelineTransport } from './transport.js';

/** A message to publish again, within the trace of its alert. */
export type StalledAlert = { message: AlertMessage; traceparent?: string };

export type SweeperOptions = {
  intervalMs: number;
  /** Messages re-published at most per sweep; a queue that holds more is left alone. */
  batchSize: number;
  /** Claims alerts that have stood at the subscription's input stage for too long. */
  claim: (limit: number) => Promise<StalledAlert[]>;
  /** Called at each look, before anything is claimed. */
  onLook: (queueDepth: number) => Promise<void>;
  publish: PipelineTransport['publish'];
  /** Messages that wait for the stage, and alerts that wait in this process. */
  queueDepth: () => Promise<number>;
  onError: (error: Error) => void;
  onSwept: (count: number) => void;
};

/** Share of the interval by which sweeps of several replicas drift apart. */
const JITTER = 0.2;
/** Between full batches: time for the consumers to take up what was published. */
const BEHIND_INTERVAL_MS = 250;

const jittered = (intervalMs: number): number =>
  intervalMs * (1 + JITTER * (2 * Math.random() - 1));

/** Re-publishes stalled alerts while their queue is nearly empty: what heals a wiped broker. */
export function startSweeper(options: SweeperOptions): Consumer {
  const { intervalMs, batchSize, claim, publish, queueDepth, onLook, onError, onSwept } = options;
  let stopped = false;
  /** The last sweep was full, so that there is more: a wiped backlog is worked off at the consumers' pace. */
  let isBehind = false;
  let sweeping = Promise.resolve();
  let timer = schedule(jittered(intervalMs));

  function schedule(waitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) => {
          isBehind = false;
          onError(error instanceof Error ? error : new Error(String(error)));
        })
        .then(() => {
          if (!stopped) timer = schedule(isBehind ? BEHIND_INTERVAL_MS : jittered(intervalMs));
        });
    }, waitMs);
  }

  async function sweep(): Promise<void> {
    const depth = await queueDepth();
    await onLook(depth);
    if (depth > batchSize) return;
    const stalled = await claim(batchSize);
    isBehind = stalled.length === batchSize;
    const results = await Promise.allSettled(
      stalled.map(({ message, ...trace }) => publish(message, trace)),
    );
    const failures = results.filter((result) => result.status === 'rejected');
    onSwept(results.length - failures.length);
    if (failures[0]) throw failures[0].reason;
  }

  return {
    async drain() {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}

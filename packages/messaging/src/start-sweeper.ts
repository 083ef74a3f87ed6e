import { type AlertMessage, type Subscription } from '@calseta/common';
import { type Consumer, type PipelineTransport } from './transport.js';

/** A message to publish again, within the trace of its alert. */
export type StalledAlert = { message: AlertMessage; traceparent?: string };

export type SweeperOptions = {
  subscription: Subscription;
  intervalMs: number;
  /** Messages re-published at most per sweep; a queue that holds more is left alone. */
  batchSize: number;
  /** Claims alerts that have stood at the subscription's input stage for too long. */
  claim: (limit: number) => Promise<StalledAlert[]>;
  /** Called at each look, before anything is claimed. */
  onLook: (queueDepth: number) => Promise<void>;
  transport: Pick<PipelineTransport, 'publish' | 'queueDepth'>;
  onError: (error: Error) => void;
  onSwept: (count: number) => void;
};

/** Share of the interval by which sweeps of several replicas drift apart. */
const JITTER = 0.2;

/** Re-publishes stalled alerts while their queue is nearly empty: what heals a wiped broker. */
export function startSweeper(options: SweeperOptions): Consumer {
  const { subscription, intervalMs, batchSize, claim, transport, onLook, onError, onSwept } =
    options;
  let stopped = false;
  let sweeping = Promise.resolve();
  let timer = schedule();

  function schedule(): NodeJS.Timeout {
    const wait = intervalMs * (1 + JITTER * (2 * Math.random() - 1));
    return setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) =>
          onError(error instanceof Error ? error : new Error(String(error))),
        )
        .finally(() => {
          if (!stopped) timer = schedule();
        });
    }, wait);
  }

  async function sweep(): Promise<void> {
    const depth = await transport.queueDepth(subscription);
    await onLook(depth);
    if (depth > batchSize) return;
    const stalled = await claim(batchSize);
    const results = await Promise.allSettled(
      stalled.map(({ message, ...trace }) => transport.publish(message, trace)),
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

import { type AlertMessage, type Lane, LANES } from '@calseta/common';
import { repeat } from '@calseta/async';
import { type Consumer, type PipelineTransport } from '../transport.js';

/** A message to publish again, with the trace of its alert. */
export type StalledAlert = { message: AlertMessage; traceparent?: string };

export type SweeperOptions = {
  intervalMs: number;
  /** Maximum number of messages that one sweep publishes in a lane. A lane with more waiting messages is skipped. */
  batchSize: number;
  /** Claims a lane's alerts that have been at the subscription's input stage for too long. */
  claim: (lane: Lane, limit: number) => Promise<StalledAlert[]>;
  /** Called at each sweep, before anything is claimed, with the waiting messages of both lanes. */
  onLook: (queueDepth: number) => Promise<void>;
  publish: PipelineTransport['publish'];
  /** Messages of a lane that wait at the broker or in this process. */
  queueDepth: (lane: Lane) => Promise<number>;
  onError: (error: Error) => void;
  onSwept: (count: number) => void;
};

/** Interval after a full batch, so that consumers have time to handle it. */
const BEHIND_INTERVAL_MS = 250;

/** Publishes stalled alerts again while their lane is nearly empty. This also restores messages of a wiped broker. */
export function startSweeper(options: SweeperOptions): Consumer {
  const { intervalMs, batchSize, claim, publish, queueDepth, onLook, onError, onSwept } = options;
  /** Lanes whose last sweep was full, so more alerts wait. They are swept as fast as the consumers work. */
  const behind = new Set<Lane>();
  const sweeps = repeat({
    intervalMs: () => (behind.size > 0 ? BEHIND_INTERVAL_MS : intervalMs),
    work: sweep,
    onError(error) {
      behind.clear();
      onError(error instanceof Error ? error : new Error(String(error)));
    },
  });

  async function sweep(): Promise<void> {
    const lanes = await Promise.all(
      LANES.map(async (lane) => ({ lane, depth: await queueDepth(lane) })),
    );
    await onLook(lanes.reduce((sum, { depth }) => sum + depth, 0));
    const free = lanes.filter(({ depth }) => depth <= batchSize);
    throwFirst(await Promise.allSettled(free.map(({ lane }) => sweepLane(lane))));
  }

  async function sweepLane(lane: Lane): Promise<void> {
    const stalled = await claim(lane, batchSize);
    if (stalled.length === batchSize) behind.add(lane);
    else behind.delete(lane);
    const results = await Promise.allSettled(
      stalled.map(({ message, ...trace }) => publish(message, trace)),
    );
    onSwept(results.filter(({ status }) => status === 'fulfilled').length);
    throwFirst(results);
  }

  return { drain: sweeps.stop };
}

function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

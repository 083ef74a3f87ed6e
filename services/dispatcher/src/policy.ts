import { type BatchLimits, type BreakerPolicy, WORKER_BATCHES } from '@calseta/async';
import { type QueueLimits } from './deliveries/agent-queue.js';
import { type DeliveryPolicy, DISABLE_AFTER_FAILURES } from './deliveries/attempt-delivery.js';
import { type ContextLimits } from './deliveries/alert-contexts.js';
import { RETRY_DELAYS_MS } from './webhooks/retry-schedule.js';

/** The limits and retries of the dispatcher. */
export type DispatcherPolicy = {
  /** The times after which a delivery is given up and an agent disabled are configured. */
  delivery: Pick<DeliveryPolicy, 'retryDelaysMs' | 'disableAfterFailures'>;
  breaker: BreakerPolicy;
  queues: QueueLimits;
  contexts: ContextLimits;
  writeBatches: BatchLimits;
  /** These batches wait less: an attempt that is not recorded would be made again after a kill. */
  attemptBatches: BatchLimits;
  /** Bytes of rendered bodies that are kept for other agents and for retries. */
  maxCachedPayloadBytes: number;
  maxPayloadAgeMs: number;
};

export const DEFAULT_POLICY: DispatcherPolicy = {
  delivery: { retryDelaysMs: RETRY_DELAYS_MS, disableAfterFailures: DISABLE_AFTER_FAILURES },
  breaker: { failureThreshold: 5, minOpenMs: 5_000, maxOpenMs: 300_000 },
  queues: { maxQueued: 100, maxUrgentExtra: 50 },
  contexts: {
    small: { maxBytes: 128 * 1024, maxIndicators: 50 },
    // One batch is rendered while the next is loaded.
    maxSmall: 128,
    batches: { ...WORKER_BATCHES, maxItems: 64 },
    maxLargeBytes: 8 * 1024 * 1024,
  },
  writeBatches: WORKER_BATCHES,
  attemptBatches: { ...WORKER_BATCHES, maxWaitMs: 1 },
  maxCachedPayloadBytes: 16 * 1024 * 1024,
  maxPayloadAgeMs: 60_000,
};

import { type BreakerPolicy, type MicroBatcherOptions, WORKER_BATCHES } from '@calseta/async';
import type { LaneLimits } from './deliveries/agent-lane.js';
import { type DeliveryPolicy, DISABLE_AFTER_FAILURES } from './deliveries/attempt-delivery.js';
import { RETRY_DELAYS_MS } from './webhooks/retry-schedule.js';

type BatchLimits = Pick<
  MicroBatcherOptions<unknown, unknown>,
  'maxItems' | 'maxWaitMs' | 'maxConcurrentBatches' | 'maxQueued'
>;

/** The dispatcher's bounds and patience. */
export type DispatcherPolicy = {
  delivery: DeliveryPolicy;
  breaker: BreakerPolicy;
  lanes: LaneLimits;
  readBatches: BatchLimits;
  writeBatches: BatchLimits;
  /** An attempt keeps its place at the agent until it is recorded, so that these wait less. */
  attemptBatches: BatchLimits;
  /** Bodies of recent alerts kept for their agents and near retries. */
  maxCachedPayloadBytes: number;
  maxPayloadAgeMs: number;
};

export const DEFAULT_POLICY: DispatcherPolicy = {
  delivery: { retryDelaysMs: RETRY_DELAYS_MS, disableAfterFailures: DISABLE_AFTER_FAILURES },
  breaker: { failureThreshold: 5, minOpenMs: 5_000, maxOpenMs: 300_000 },
  lanes: { maxQueued: 100, maxUrgentExtra: 50 },
  readBatches: { ...WORKER_BATCHES, maxItems: 64, maxQueued: 2_000 },
  writeBatches: WORKER_BATCHES,
  attemptBatches: { ...WORKER_BATCHES, maxWaitMs: 1 },
  maxCachedPayloadBytes: 16 * 1024 * 1024,
  maxPayloadAgeMs: 60_000,
};

export { backOffMs, MAX_DELAY_MS, pause } from './back-off.js';
export { type Breaker, type BreakerPolicy, createBreaker } from './breaker.js';
export { type Bulkhead, type BulkheadLimits, createBulkhead } from './bulkhead.js';
export { withDeadline } from './deadline.js';
export {
  batched,
  type BatchLimits,
  type BatchWeight,
  createMicroBatcher,
  type MicroBatcher,
  type MicroBatcherOptions,
  WORKER_BATCHES,
} from './micro-batcher.js';
export { createOutage, type Outage } from './outage.js';
export { createReloading, type Reloading } from './reloading.js';
export { type Repeated, type RepeatOptions, repeat } from './repeat.js';
export { retry } from './retry.js';
export { runInTurns } from './run-in-turns.js';
export { createSingleFlight } from './single-flight.js';
export { createTokenBucket, type TokenBucket, type TokenBucketPolicy } from './token-bucket.js';
export { createVersioned, type Versioned } from './versioned.js';

import { type Authenticator } from '../../auth/authenticator.js';
import { type Telemetry } from '../../telemetry/telemetry.js';
import { type MemoryBudget } from '../requests/memory-budget.js';
import { type Route } from './define-route.js';
import { type Idempotency } from './idempotency.js';

export const DEFAULT_MAX_BODY_BYTES = 1_048_576;
export const DEFAULT_BODY_TIMEOUT_MS = 15_000;

export type AppLimits = {
  trustedProxyHops: number;
  maxBodyBytes?: number;
  bodyTimeoutMs?: number;
  /** Of the bodies of all routes together; without it only each one is bounded. */
  bodies?: MemoryBudget;
};

export type AppOptions = {
  routes: readonly Route[];
  authenticator: Pick<Authenticator, 'authenticate'>;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  limits: AppLimits;
  /** Without it, Idempotency-Key headers are ignored. */
  idempotency?: Idempotency;
  /** Named in log lines where several services share a process. */
  service?: string;
};

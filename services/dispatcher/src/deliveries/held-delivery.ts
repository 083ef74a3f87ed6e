import type { LeasedDelivery } from '@calseta/database';

/** A delivery that this process holds. */
export type HeldDelivery = LeasedDelivery & {
  /**
   * When its lease is over by the local monotonic clock, ms: counted from before it was asked for, and so
   * never later than in Postgres.
   */
  leasedUntilMs: number;
};

/** True when somebody else may hold it by now: no attempt begins then. */
export const isLeaseOver = ({ leasedUntilMs }: HeldDelivery, nowMs: number): boolean =>
  nowMs >= leasedUntilMs;

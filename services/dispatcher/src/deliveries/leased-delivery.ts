import { type ClaimedDelivery } from '@calseta/database';

/** A delivery that this process holds the lease of. */
export type LeasedDelivery = ClaimedDelivery & {
  /**
   * End of the lease by the local monotonic clock, ms. It counts from before the lease was asked for, so it is
   * never later than in Postgres.
   */
  leasedUntilMs: number;
};

/** True when another process may hold the delivery by now; no attempt begins then. */
export const isLeaseOver = ({ leasedUntilMs }: LeasedDelivery, nowMs: number): boolean =>
  nowMs >= leasedUntilMs;

import { type ClaimedDelivery } from '@calseta/database';

/** A delivery that this process holds the lease of. */
export type LeasedDelivery = Omit<ClaimedDelivery, 'openForMs'> & {
  /** When it was opened, by the local monotonic clock, ms; it is given up so long after. */
  openedAtMs: number;
  /**
   * End of the lease by the local monotonic clock, ms. It counts from before the lease was asked for, so it is
   * never later than in Postgres.
   */
  leasedUntilMs: number;
};

/** A delivery that was claimed under a lease until then. */
export const toLeased = (
  { openForMs, ...claimed }: ClaimedDelivery,
  leasedUntilMs: number,
): LeasedDelivery => ({ ...claimed, openedAtMs: performance.now() - openForMs, leasedUntilMs });

/** The number of an attempt since the delivery was opened last; 1 for the first. */
export const attemptSinceOpened = (
  { earlierAttempts }: Pick<LeasedDelivery, 'earlierAttempts'>,
  attemptNumber: number,
): number => attemptNumber - earlierAttempts;

/** True when another process may hold the delivery by now; no attempt begins then. */
export const isLeaseOver = ({ leasedUntilMs }: LeasedDelivery, nowMs: number): boolean =>
  nowMs >= leasedUntilMs;

/** Clocks may be wrong, and time zones forgotten; a day ahead is neither. */
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** When the alert happened, as far as that can be believed, and what was assumed. */
export function settleOccurredAt(
  stated: Date | undefined,
  receivedAt: Date,
): { occurredAt: Date; note?: string } {
  if (stated === undefined) {
    return {
      occurredAt: receivedAt,
      note: 'No readable time was stated; the time of receipt was taken.',
    };
  }
  if (stated.getTime() > receivedAt.getTime() + MAX_AHEAD_MS) {
    return {
      occurredAt: receivedAt,
      note: `The stated time ${stated.toISOString()} lies in the future; the time of receipt was taken.`,
    };
  }
  return { occurredAt: stated };
}

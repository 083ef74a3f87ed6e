/** Allows for wrong clocks and missing time zones, which put a time less than a day ahead. */
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** The stated time if it is plausible, else the time of receipt with a note. */
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

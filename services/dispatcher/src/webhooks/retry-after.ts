/** The longest wait of the retry schedule; an agent that asks for more gets this. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** So that `Retry-After: 0` causes no loop. */
export const MIN_RETRY_AFTER_MS = 1_000;
/** A number from here on is a point in time: nobody asks for thirty years, but some send epoch seconds. */
const FIRST_EPOCH_SECONDS = 1_000_000_000;
/** And from here on in milliseconds. */
const FIRST_EPOCH_MS = 1_000 * FIRST_EPOCH_SECONDS;

/**
 * Reads `Retry-After` as bounded milliseconds; undefined when it is invalid. Besides what RFC 9110 allows (whole seconds,
 * an HTTP date), agents send fractions of seconds and epoch times. Of several headers the first counts.
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  now: Date,
): number | undefined {
  const [first = ''] = [header].flat();
  const text = first.trim();
  const wantedMs = /^\d{1,15}(?:\.\d{1,9})?$/.test(text)
    ? toWaitMs(Number(text), now)
    : toDateMs(text) - now.getTime();
  if (Number.isNaN(wantedMs)) return undefined;
  return Math.min(Math.max(wantedMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
}

/** Date.parse takes a bare number for a month. */
const toDateMs = (text: string): number =>
  /^[a-z]{3}|^\d{4}-\d\d-\d\dT/i.test(text) ? Date.parse(text) : Number.NaN;

function toWaitMs(value: number, now: Date): number {
  if (value >= FIRST_EPOCH_MS) return value - now.getTime();
  if (value >= FIRST_EPOCH_SECONDS) return value * 1_000 - now.getTime();
  return Math.ceil(value * 1_000);
}

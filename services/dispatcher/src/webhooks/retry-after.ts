/** However long an agent asks us to wait, no longer than the schedule's own longest wait. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** `Retry-After: 0` does not mean a loop. */
const MIN_RETRY_AFTER_MS = 1_000;

/**
 * Reads `Retry-After`, seconds or an HTTP date, into bounded milliseconds; undefined when unreadable. Of
 * several, which RFC 9110 does not allow, the first counts.
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  now: Date,
): number | undefined {
  const [first = ''] = [header].flat();
  const text = first.trim();
  const wantedMs = /^\d{1,10}$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - now.getTime();
  if (Number.isNaN(wantedMs)) return undefined;
  return Math.min(Math.max(wantedMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
}

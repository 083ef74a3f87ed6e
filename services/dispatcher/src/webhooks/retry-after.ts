/** The longest wait of the retry schedule; an agent that asks for more gets this. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** So that `Retry-After: 0` causes no loop. */
const MIN_RETRY_AFTER_MS = 1_000;

/**
 * Reads `Retry-After`, in seconds or as an HTTP date, as bounded milliseconds; undefined when it is invalid. Of
 * several headers, which RFC 9110 does not allow, the first counts.
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

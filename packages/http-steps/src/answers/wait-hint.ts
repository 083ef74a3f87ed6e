/** Header names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** Longest accepted wait, seconds: a vendor's weekly window. */
export const MAX_WAIT_HINT_SECONDS = 7 * 86_400;
/** Larger numbers are times since 1970, not spans. */
const FIRST_EPOCH = 1_000_000_000;
const MILLISECONDS_FROM = 100_000_000_000;
const NUMBER = /^\d{1,15}(?:\.\d{1,9})?$/;
/** `Mon, 30 Nov 2026 …`, `2026-11-30T…`. Checked first, since Date.parse accepts far more, such as `-5`. */
const DATE = /^(?:[A-Z][a-z]{2,8},? |\d{4}-\d{2}-\d{2}[T ])/;

/** In this order: the standard header, then a span in seconds, then the time at which a window ends. */
const HINT_HEADERS = [
  'retry-after',
  'x-ratelimit-retryafter',
  'x-rate-limit-reset-after',
  'x-ratelimit-reset-after',
  'ratelimit-reset',
  'x-rate-limit-reset',
  'x-ratelimit-reset',
];

/**
 * Seconds that an answer asks us to wait: from `Retry-After` in seconds or as an HTTP date (RFC 9110, section
 * 10.2.3), or from vendors' rate-limit headers, in seconds, as a time since 1970 (seconds or milliseconds), or in
 * ISO 8601. A time is relative to the answer's own `Date`, since clocks differ. Undefined when there is no
 * readable hint.
 */
export function readWaitHint(headers: Headers, receivedAt: Date): number | undefined {
  const now = dateOf(headers) ?? receivedAt;
  for (const name of HINT_HEADERS) {
    const seconds = secondsOf(headers[name]?.trim(), now);
    if (seconds !== undefined)
      return Math.min(Math.max(Math.ceil(seconds), 0), MAX_WAIT_HINT_SECONDS);
  }
  return undefined;
}

function dateOf(headers: Headers): Date | undefined {
  const time = parseDate(headers['date']?.trim() ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

function secondsOf(text: string | undefined, now: Date): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!NUMBER.test(text)) return secondsUntil(parseDate(text), now);
  const number = Number(text);
  if (number < FIRST_EPOCH) return number;
  return secondsUntil(number < MILLISECONDS_FROM ? number * 1_000 : number, now);
}

const parseDate = (text: string): number => (DATE.test(text) ? Date.parse(text) : Number.NaN);

const secondsUntil = (time: number, now: Date): number | undefined =>
  Number.isNaN(time) ? undefined : (time - now.getTime()) / 1_000;

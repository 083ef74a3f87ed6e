import { describe, expect, it } from '@jest/globals';
import { MAX_WAIT_HINT_SECONDS, readWaitHint } from './wait-hint.js';

const NOW = new Date('2026-11-30T12:00:00Z');
const EPOCH = NOW.getTime() / 1_000;

describe('the wait hint of an answer', () => {
  it.each([
    ['seconds', { 'retry-after': '29241' }, 29_241],
    ['a fraction of seconds, rounded up', { 'retry-after': '1.2' }, 2],
    ['an HTTP date', { 'retry-after': 'Mon, 30 Nov 2026 12:01:30 GMT' }, 90],
    ['a date in the past', { 'retry-after': 'Mon, 30 Nov 2026 11:00:00 GMT' }, 0],
    ['a vendor header in seconds', { 'x-rate-limit-reset-after': '17' }, 17],
    ['seconds since 1970', { 'x-rate-limit-reset': String(EPOCH + 20) }, 20],
    ['milliseconds since 1970', { 'x-ratelimit-reset': String((EPOCH + 20) * 1_000) }, 20],
    ['seconds since 1970 in Retry-After', { 'retry-after': String(EPOCH + 5) }, 5],
    ['a time in ISO 8601', { 'x-rate-limit-reset': '2026-11-30T12:00:45.5Z' }, 46],
    ['a week at most', { 'retry-after': '99999999' }, MAX_WAIT_HINT_SECONDS],
    ['the standard header first', { 'retry-after': '3', 'x-rate-limit-reset-after': '17' }, 3],
    [
      'the next header when one is unreadable',
      { 'retry-after': 'soon', 'x-ratelimit-reset': '4' },
      4,
    ],
  ])('is read from %s', (_, headers, seconds) => {
    expect(readWaitHint(headers, NOW)).toBe(seconds);
  });

  it("counts a time from the answer's own clock", () => {
    const headers = {
      date: 'Mon, 30 Nov 2026 13:00:00 GMT',
      'x-rate-limit-reset': String(EPOCH + 3_600 + 20),
    };
    expect(readWaitHint(headers, NOW)).toBe(20);
  });

  it.each([{}, { 'retry-after': '' }, { 'retry-after': '-5' }, { 'retry-after': 'soon' }])(
    'is undefined for %j',
    (headers: Record<string, string>) => {
      expect(readWaitHint(headers, NOW)).toBeUndefined();
    },
  );
});

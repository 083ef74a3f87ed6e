import { describe, expect, test } from '@jest/globals';
import { type OutboundResult } from '@calseta/platform';
import { type AttemptFacts, decideOutcome } from './decide-outcome.js';
import { MAX_RETRY_AFTER_MS, MIN_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.js';
import { RETRY_DELAYS_MS } from './retry-schedule.js';

const NOW = new Date('2025-01-15T10:30:00Z');

const answer = (status: number, headers: Record<string, string> = {}): OutboundResult => ({
  kind: 'response',
  status,
  headers,
  body: '',
  truncated: false,
});

const decide = (result: OutboundResult, overrides: Partial<AttemptFacts> = {}) =>
  decideOutcome({
    result,
    attemptNumber: 1,
    now: NOW,
    random: 0,
    retryDelaysMs: RETRY_DELAYS_MS,
    remainingMs: Number.POSITIVE_INFINITY,
    ...overrides,
  });

describe('decideOutcome', () => {
  test.each([200, 201, 202, 204, 299])('%d is delivered', (status) => {
    expect(decide(answer(status))).toEqual({ kind: 'delivered' });
  });

  test.each([301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 418, 500, 502, 504])(
    '%d is rejected and tried again',
    (status) => {
      expect(decide(answer(status))).toMatchObject({
        kind: 'retry',
        outcome: 'rejected',
        delayMs: 5_000,
        agentPauseMs: undefined,
      });
    },
  );

  test('410 ends it for the agent', () => {
    expect(decide(answer(410))).toMatchObject({ kind: 'gone', outcome: 'rejected' });
  });

  test.each([429, 503])('%d is tried again when Retry-After says', (status) => {
    expect(decide(answer(status, { 'retry-after': '7' }))).toMatchObject({
      kind: 'retry',
      delayMs: 7_000,
      agentPauseMs: 7_000,
    });
    expect(decide(answer(status))).toMatchObject({ delayMs: 5_000, agentPauseMs: undefined });
    expect(decide(answer(status, { 'retry-after': 'soon' }))).toMatchObject({ delayMs: 5_000 });
  });

  test('Retry-After means nothing on other answers', () => {
    expect(decide(answer(500, { 'retry-after': '600' }))).toMatchObject({ delayMs: 5_000 });
  });

  test.each(['unreachable', 'timeout', 'blocked'] as const)('%s is tried again', (kind) => {
    expect(decide({ kind, error: 'ECONNREFUSED' })).toMatchObject({
      kind: 'retry',
      outcome: kind,
      error: 'ECONNREFUSED',
    });
  });

  test('follows the schedule, then repeats its last wait, until the time is over', () => {
    const giveUpMs = 2 * 86_400_000;
    const delays: number[] = [];
    for (let ageMs = 0; ;) {
      const attemptNumber = delays.length + 1;
      const decision = decide(answer(500), { attemptNumber, remainingMs: giveUpMs - ageMs });
      if (decision.kind !== 'retry') {
        expect(decision.kind).toBe('dead');
        break;
      }
      delays.push(decision.delayMs / 1_000);
      ageMs += decision.delayMs;
    }
    expect(delays.slice(0, 9)).toEqual([5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200, 86_400]);
    // The last attempt is made at the end.
    expect(delays.slice(9)).toEqual([172_800 - 166_355]);
    const late = { attemptNumber: 12, remainingMs: Number.POSITIVE_INFINITY };
    expect(decide(answer(500), late)).toMatchObject({ delayMs: 86_400_000 });
  });

  test('Retry-After moves the next attempt later, and the end not at all', () => {
    const asks = (seconds: string) => answer(429, { 'retry-after': seconds });
    expect(decide(asks('2'))).toMatchObject({ delayMs: 5_000, agentPauseMs: 2_000 });
    expect(decide(asks('60'), { remainingMs: 20_000 })).toMatchObject({ delayMs: 20_000 });
    expect(decide(asks('60'), { remainingMs: 0 })).toMatchObject({ kind: 'dead' });
    // However often it asks, no count ends it.
    expect(decide(asks('2'), { attemptNumber: 1_000 })).toMatchObject({ kind: 'retry' });
  });

  test.each([
    [429, 'away'],
    [500, 'away'],
    [503, 'away'],
    [408, 'away'],
    [400, 'alert'],
    [413, 'alert'],
    [415, 'alert'],
    [422, 'alert'],
    [401, 'agent'],
    [404, 'agent'],
    [302, 'agent'],
  ])('%d is the fault of: %s', (status, fault) => {
    expect(decide(answer(status))).toMatchObject({ fault });
  });

  test('a redirect says where to', () => {
    expect(decide(answer(308, { location: 'https://new.example.com/' }))).toMatchObject({
      error:
        'answered 308 with https://new.example.com/; redirects are not followed, webhook_url has to name the right place',
    });
  });

  test('what was interrupted is repeated at once, but not after the end', () => {
    const result = { kind: 'interrupted', error: 'closed' } as const;
    expect(decide(result)).toMatchObject({ kind: 'retry', delayMs: 0, fault: 'ours' });
    expect(decide(result, { remainingMs: 0 })).toMatchObject({ kind: 'dead' });
    expect(decide(result, { retryDelaysMs: [] })).toMatchObject({ kind: 'dead' });
  });

  test('jitter only ever adds, up to a fifth', () => {
    expect(decide(answer(500), { random: 0.999 })).toMatchObject({ delayMs: 5_999 });
    expect(decide(answer(429, { 'retry-after': '10' }), { random: 0.5 })).toMatchObject({
      delayMs: 11_000,
    });
  });
});

describe('parseRetryAfter', () => {
  test.each([
    ['120', 120_000],
    [['7', '9'], 7_000],
    ['0', MIN_RETRY_AFTER_MS],
    ['1.5', 1_500],
    ['0.2', MIN_RETRY_AFTER_MS],
    ['2.0001', 2_001],
    ['99999999', MAX_RETRY_AFTER_MS],
    // Epoch seconds and milliseconds, ahead and past.
    [String(NOW.getTime() / 1_000 + 30), 30_000],
    [String(NOW.getTime() + 45_000), 45_000],
    [String(NOW.getTime() / 1_000 - 30), MIN_RETRY_AFTER_MS],
    ['9'.repeat(15), MAX_RETRY_AFTER_MS],
    ['-5', undefined],
    ['1e3', undefined],
    ['Wed, 15 Jan 2025 10:31:00 GMT', 60_000],
    ['Wed, 15 Jan 2025 09:00:00 GMT', 1_000],
    ['Fri, 15 Jan 2027 10:31:00 GMT', MAX_RETRY_AFTER_MS],
    ['', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as %p ms', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

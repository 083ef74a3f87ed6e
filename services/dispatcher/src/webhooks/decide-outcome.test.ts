import { describe, expect, test } from '@jest/globals';
import { type OutboundResult } from '@calseta/platform';
import { type AttemptFacts, decideOutcome } from './decide-outcome.js';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.js';
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
        isAgentPaused: false,
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
      isAgentPaused: true,
    });
    expect(decide(answer(status))).toMatchObject({ delayMs: 5_000, isAgentPaused: false });
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

  test('follows the schedule to its end, then gives up', () => {
    const delays = [];
    for (let attemptNumber = 1; ; attemptNumber++) {
      const decision = decide(answer(500), { attemptNumber });
      if (decision.kind !== 'retry') {
        expect(decision.kind).toBe('dead');
        break;
      }
      delays.push(decision.delayMs / 1_000);
    }
    expect(delays).toEqual([5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200, 86_400]);
  });

  test('Retry-After does not outlive the schedule', () => {
    const facts = { attemptNumber: RETRY_DELAYS_MS.length + 1 };
    expect(decide(answer(429, { 'retry-after': '1' }), facts)).toMatchObject({ kind: 'dead' });
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
    ['0', 1_000],
    ['99999999', MAX_RETRY_AFTER_MS],
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

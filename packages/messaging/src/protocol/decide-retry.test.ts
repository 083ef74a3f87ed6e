import { describe, expect, test } from '@jest/globals';
import { AppError, PermanentError } from '@calseta/common';
import { decideRetry, type RetryDecision } from './decide-retry.js';

const passing = new Error('passing');
const outage = new AppError('service.unavailable', 'The database is away.');
const overload = new AppError('service.overloaded', 'Too much waits.');
const permanent = new PermanentError('message.invalid', 'No.');
const DELAYS = [1, 5, 30];

describe('decideRetry', () => {
  test.each<[string, Error, [number, number], number[], RetryDecision]>([
    [
      'a failure of its own after an outage',
      passing,
      [40, 1],
      DELAYS,
      { kind: 'retry', delaySeconds: 1 },
    ],
    ['the first failure', passing, [1, 1], DELAYS, { kind: 'retry', delaySeconds: 1 }],
    ['the last one with a delay', passing, [3, 3], DELAYS, { kind: 'retry', delaySeconds: 30 }],
    ['one more', passing, [4, 4], DELAYS, { kind: 'dead-letter' }],
    ['a permanent error', permanent, [1, 1], DELAYS, { kind: 'dead-letter' }],
    ['an outage after all delays', outage, [40, 0], DELAYS, { kind: 'retry', delaySeconds: 30 }],
    [
      'an overload after all delays',
      overload,
      [40, 0],
      DELAYS,
      { kind: 'retry', delaySeconds: 30 },
    ],
    ['an outage without delays', outage, [1, 0], [], { kind: 'dead-letter' }],
    ['a failure without delays', passing, [1, 1], [], { kind: 'dead-letter' }],
  ])('%s', (_, error, [failedAttempts, ownFailures], delays, outcome) => {
    expect(decideRetry(error, { failedAttempts, ownFailures }, delays)).toEqual(outcome);
  });
});

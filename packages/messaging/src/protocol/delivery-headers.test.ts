import { describe, expect, test } from '@jest/globals';
import { AppError, PermanentError } from '@calseta/common';
import { afterFailure, readHistory, writeHistory } from './delivery-headers.js';

const ARRIVED = { exchange: 'calseta.alerts', routingKey: 'alert.ingested' };
const NOW = new Date('2026-03-01T10:00:00Z');

describe('readHistory', () => {
  test('takes a delivery without headers for the first', () => {
    expect(readHistory({}, ARRIVED)).toEqual({
      failedAttempts: 0,
      ownFailures: 0,
      firstFailedAt: undefined,
      originalExchange: 'calseta.alerts',
      originalRoutingKey: 'alert.ingested',
      traceparent: undefined,
    });
  });

  test.each([['7'], [-1], [1.5], [Number.NaN], [1e12], [null], [{}]])(
    'does not believe an attempt count of %p',
    (count) => {
      expect(readHistory({ 'x-attempts': count }, ARRIVED).failedAttempts).toBe(0);
    },
  );

  test('ignores text too long to be ours', () => {
    const headers = { traceparent: 'x'.repeat(256), 'x-original-exchange': 'x'.repeat(256) };
    expect(readHistory(headers, ARRIVED)).toMatchObject({
      traceparent: undefined,
      originalExchange: 'calseta.alerts',
    });
  });
});

describe('afterFailure', () => {
  test('counts on, outages apart, and keeps the first failure and the origin', () => {
    const outage = new AppError('service.unavailable', 'one');
    const first = writeHistory(afterFailure(readHistory({}, ARRIVED), outage, NOW), outage);
    const back = readHistory(first, { exchange: '', routingKey: 'extractor.alert-ingested' });
    const error = new PermanentError('alert.transition_invalid', 'two');
    expect(writeHistory(afterFailure(back, error, new Date()), error)).toEqual({
      'x-attempts': 2,
      'x-own-failures': 1,
      'x-first-failed-at': '2026-03-01T10:00:00.000Z',
      'x-error-code': 'alert.transition_invalid',
      'x-original-exchange': 'calseta.alerts',
      'x-original-routing-key': 'alert.ingested',
    });
  });
});

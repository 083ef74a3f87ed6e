import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '@calseta/common';
import { headersAfterFailure, readHistory } from './delivery-headers.js';

const ARRIVED = { exchange: 'calseta.alerts', routingKey: 'alert.ingested' };
const NOW = new Date('2026-03-01T10:00:00Z');

describe('readHistory', () => {
  test('takes a delivery without headers for the first', () => {
    expect(readHistory({}, ARRIVED)).toEqual({
      failedAttempts: 0,
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

describe('headersAfterFailure', () => {
  test('counts on, and keeps the first failure and the origin', () => {
    const first = headersAfterFailure(readHistory({}, ARRIVED), new Error('one'), NOW);
    const back = readHistory(first, { exchange: '', routingKey: 'extractor.alert-ingested' });
    const error = new PermanentError('alert.transition_invalid', 'two');
    expect(headersAfterFailure(back, error, new Date())).toEqual({
      'x-attempts': 2,
      'x-first-failed-at': '2026-03-01T10:00:00.000Z',
      'x-error-code': 'alert.transition_invalid',
      'x-original-exchange': 'calseta.alerts',
      'x-original-routing-key': 'alert.ingested',
    });
  });
});

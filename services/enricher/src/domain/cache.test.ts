import { LOOKUP_STATUSES } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { expiryOf, isFresh, preferResult } from './cache.js';

const now = new Date('2025-01-15T10:00:00Z');
const later = new Date(now.getTime() + 1);
const fresh = { status: 'success', configVersion: 3, expiresAt: later } as const;

describe('isFresh', () => {
  test('serves answers, positive and negative, until they expire', () => {
    expect(isFresh(fresh, 3, now)).toBe(true);
    expect(isFresh({ ...fresh, status: 'not_found' }, 3, now)).toBe(true);
    expect(isFresh({ ...fresh, expiresAt: now }, 3, now)).toBe(false);
  });

  test('asks again after the settings changed', () => {
    expect(isFresh(fresh, 4, now)).toBe(false);
  });

  test.each(LOOKUP_STATUSES.filter((status) => status !== 'success' && status !== 'not_found'))(
    'never serves %s again',
    (status) => {
      expect(isFresh({ ...fresh, status }, 3, now)).toBe(false);
    },
  );
});

describe('expiryOf', () => {
  test.each([
    ['success', 60],
    ['not_found', 5],
    ['failed', 0],
    ['timeout', 0],
  ] as const)('%s lasts %d s', (status, seconds) => {
    const expiry = expiryOf(status, now, { ttlSeconds: 60, negativeTtlSeconds: 5 }, 'ip');
    expect(expiry.getTime() - now.getTime()).toBe(seconds * 1_000);
  });

  test('depends on the type where the settings say so', () => {
    const settings = {
      ttlSeconds: 60,
      negativeTtlSeconds: 5,
      ttls: { success: { ip: 10 }, notFound: 7 },
    };
    const seconds = (status: 'success' | 'not_found', type: 'ip' | 'url') =>
      (expiryOf(status, now, settings, type).getTime() - now.getTime()) / 1_000;
    expect(seconds('success', 'ip')).toBe(10);
    expect(seconds('success', 'url')).toBe(60);
    expect(seconds('not_found', 'ip')).toBe(7);
  });
});

describe('preferResult', () => {
  test('keeps an earlier answer over a later failure, and takes the later one otherwise', () => {
    const success = { status: 'success' } as const;
    const failed = { status: 'failed' } as const;
    const notFound = { status: 'not_found' } as const;
    expect(preferResult(success, failed)).toBe(success);
    expect(preferResult(notFound, failed)).toBe(notFound);
    expect(preferResult(failed, success)).toBe(success);
    expect(preferResult(success, notFound)).toBe(notFound);
    expect(preferResult(undefined, failed)).toBe(failed);
  });
});

import { type LookupStatus } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { type ProviderOutcome, summarizeOutcomes } from './summarize-outcomes.js';

const outcome = (
  providerName: string,
  status: LookupStatus,
  more: Partial<ProviderOutcome> = {},
) => ({
  providerName,
  configVersion: 1,
  status,
  extracted: {},
  malice: 'Pending' as const,
  fetchedAt: new Date(0),
  expiresAt: new Date(0),
  cached: false,
  durationMs: 5,
  ...more,
});

describe('summarizeOutcomes', () => {
  test('an alert without lookups is enriched, with empty lists', () => {
    expect(summarizeOutcomes([])).toEqual({
      status: 'Enriched',
      succeeded: [],
      failed: [],
      providers: {},
    });
  });

  test.each<[string, LookupStatus[], string]>([
    ['all answered, knowing or not', ['success', 'not_found'], 'Enriched'],
    ['one of two missing', ['success', 'timeout'], 'Partial'],
    ['nobody answered', ['failed', 'timeout'], 'Failed'],
  ])('%s', (_name, statuses, expected) => {
    const outcomes = statuses.map((status, index) => outcome(`p${index}`, status));
    expect(summarizeOutcomes(outcomes).status).toBe(expected);
  });

  test('names a provider as failed once it left a question open, in the order in which they were asked', () => {
    const outcomes = [
      outcome('c', 'success'),
      outcome('a', 'success'),
      outcome('b', 'success'),
      outcome('b', 'quota'),
    ];
    const { succeeded, failed } = summarizeOutcomes(outcomes);
    expect({ succeeded, failed }).toEqual({ succeeded: ['c', 'a'], failed: ['b'] });
  });

  test('counts per provider and keeps a few distinct errors', () => {
    const failures = ['x', 'x', 'y', 'z', 'w'].map((error) => outcome('a', 'failed', { error }));
    const outcomes = [
      outcome('a', 'success', { cached: true, durationMs: 9 }),
      outcome('a', 'not_found'),
      ...failures,
    ];
    expect(summarizeOutcomes(outcomes).providers).toEqual({
      a: { found: 1, notFound: 1, failed: 5, cached: 1, maxDurationMs: 9, errors: ['x', 'y', 'z'] },
    });
  });
});

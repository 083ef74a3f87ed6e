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
      notFound: [],
      failed: [],
      reasons: {},
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

  test('tells those that know something, know nothing, and owe an answer, in the order in which they were asked', () => {
    const outcomes = [
      outcome('c', 'success'),
      outcome('nothing', 'not_found'),
      outcome('c', 'not_found'),
      outcome('both', 'success'),
      outcome('both', 'quota', { error: 'Its quota is spent.' }),
      outcome('down', 'failed', { error: 'It is down.' }),
      outcome('half', 'not_found'),
      outcome('half', 'timeout', { error: 'Too late.' }),
    ];
    expect(summarizeOutcomes(outcomes)).toMatchObject({
      succeeded: ['c', 'both'],
      notFound: ['nothing', 'half'],
      failed: ['both', 'down', 'half'],
      reasons: { both: 'Its quota is spent.', down: 'It is down.', half: 'Too late.' },
    });
  });

  test('counts per provider and keeps a few distinct errors', () => {
    const failures = ['x', 'x', 'y', 'z', 'w'].map((error) => outcome('a', 'failed', { error }));
    const outcomes = [
      outcome('a', 'success', { cached: true, durationMs: 9 }),
      outcome('a', 'not_found'),
      ...failures,
    ];
    expect(summarizeOutcomes(outcomes).providers).toEqual({
      a: {
        found: 1,
        notFound: 1,
        failed: 5,
        skipped: 0,
        cached: 1,
        maxDurationMs: 9,
        errors: ['x', 'y', 'z'],
      },
    });
  });
});

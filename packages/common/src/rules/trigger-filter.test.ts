import { describe, expect, test } from '@jest/globals';
import { matchTriggerFilter, triggerFilterSchema, type TriggerFilter } from './trigger-filter.js';

const facts = {
  alert: { sourceName: 'sentinel', severity: 'High', tags: ['identity', 'auth'] },
} as const;

describe('matchTriggerFilter', () => {
  test.each<[string, TriggerFilter]>([
    ['no filter', {}],
    ['empty lists', { source_names: [], tags: [] }],
    ['the minimum itself', { min_severity: 'High' }],
    ['a lower minimum', { min_severity: 'Pending' }],
    ['one of several sources', { source_names: ['elastic', 'sentinel'] }],
    ['any one of the tags', { tags: ['cloud', 'auth'] }],
    ['a tag in another letter case', { tags: ['Auth'] }],
    ['all filters at once', { min_severity: 'Low', source_names: ['sentinel'], tags: ['auth'] }],
  ])('accepts by %s', (_, filter) => {
    expect(matchTriggerFilter(filter, facts)).toEqual({ matches: true });
  });

  test.each<[string, TriggerFilter, string]>([
    ['severity', { min_severity: 'Critical' }, 'min_severity: High is below Critical'],
    ['source', { source_names: ['elastic'] }, 'source_names: sentinel is not listed'],
    ['tags', { tags: ['cloud'] }, 'tags: the alert carries none of them'],
    ['one of two', { min_severity: 'Low', tags: ['x'] }, 'tags: the alert carries none of them'],
  ])('refuses by %s and names the clause', (_, filter, clause) => {
    expect(matchTriggerFilter(filter, facts)).toEqual({ matches: false, clause });
  });
});

test('triggerFilterSchema refuses a filter that it does not know', () => {
  expect(triggerFilterSchema.safeParse({ min_severty: 'High' }).success).toBe(false);
  expect(triggerFilterSchema.safeParse({ min_severity: 'urgent' }).success).toBe(false);
});

test('triggerFilterSchema writes its words as alerts carry them', () => {
  expect(
    triggerFilterSchema.parse({
      min_severity: 'hIGH',
      source_names: [' Sentinel '],
      tags: [' c2 '],
    }),
  ).toEqual({ min_severity: 'High', source_names: ['sentinel'], tags: ['c2'] });
});

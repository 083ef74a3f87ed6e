import { describe, expect, test } from '@jest/globals';
import { type AlertFacts } from './alert-facts.js';
import { matchTriggerFilter, triggerFilterSchema, type TriggerFilter } from './trigger-filter.js';

const alert: AlertFacts = {
  sourceName: 'sentinel',
  severity: 'High',
  title: 'Impossible Travel Detected',
  tags: ['identity', 'auth'],
  hosts: [],
  users: [],
};

describe('matchTriggerFilter', () => {
  test.each<[string, TriggerFilter]>([
    ['no filter', {}],
    ['empty lists', { source_names: [], tags: [] }],
    ['the minimum itself', { min_severity: 'High' }],
    ['a lower minimum', { min_severity: 'Pending' }],
    ['one of several sources', { source_names: ['elastic', 'sentinel'] }],
    ['any one of the tags', { tags: ['cloud', 'auth'] }],
    ['all filters at once', { min_severity: 'Low', source_names: ['sentinel'], tags: ['auth'] }],
  ])('accepts by %s', (_, filter) => {
    expect(matchTriggerFilter(filter, alert)).toEqual({ matches: true });
  });

  test.each<[string, TriggerFilter, string]>([
    ['severity', { min_severity: 'Critical' }, 'min_severity: High is below Critical'],
    ['source', { source_names: ['elastic'] }, 'source_names: sentinel is not listed'],
    ['tags', { tags: ['Auth'] }, 'tags: the alert carries none of them'],
    ['one of two', { min_severity: 'Low', tags: ['x'] }, 'tags: the alert carries none of them'],
  ])('refuses by %s and names the clause', (_, filter, clause) => {
    expect(matchTriggerFilter(filter, alert)).toEqual({ matches: false, clause });
  });
});

test('triggerFilterSchema refuses a filter that it does not know', () => {
  expect(triggerFilterSchema.safeParse({ min_severty: 'High' }).success).toBe(false);
  expect(triggerFilterSchema.safeParse({ min_severity: 'high' }).success).toBe(false);
});

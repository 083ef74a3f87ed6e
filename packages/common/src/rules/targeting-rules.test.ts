import { describe, expect, test } from '@jest/globals';
import { type AlertFacts } from './alert-facts.js';
import { matchTargetingRules, targetingRulesSchema } from './targeting-rules.js';

const alert: AlertFacts = {
  sourceName: 'elastic',
  severity: 'Medium',
  title: 'Suspicious Process Execution',
  tags: ['endpoint', 'execution'],
  hosts: ['WS-01'],
  users: ['CORP\\dora'],
};

const holds = (condition: unknown) =>
  matchTargetingRules(targetingRulesSchema.parse({ all: [condition] }), alert);

describe('matchTargetingRules', () => {
  test.each([
    [{ field: 'source_name', op: 'eq', value: 'elastic' }, true],
    [{ field: 'source_name', op: 'ne', value: 'elastic' }, false],
    [{ field: 'source_name', op: 'in', value: ['splunk', 'elastic'] }, true],
    [{ field: 'title', op: 'contains', value: 'suspicious process' }, true],
    [{ field: 'title', op: 'contains', value: 'travel' }, false],
    [{ field: 'severity', op: 'gte', value: 'Medium' }, true],
    [{ field: 'severity', op: 'gte', value: 'High' }, false],
    [{ field: 'severity', op: 'lte', value: 'High' }, true],
    [{ field: 'severity', op: 'in', value: ['Low', 'High'] }, false],
    [{ field: 'severity', op: 'ne', value: 'Low' }, true],
    [{ field: 'tags', op: 'contains', value: 'endpoint' }, true],
    [{ field: 'tags', op: 'in', value: ['cloud', 'execution'] }, true],
    [{ field: 'tags', op: 'in', value: ['cloud'] }, false],
    [{ field: 'hosts', op: 'contains', value: 'ws-01' }, true],
    [{ field: 'hosts', op: 'in', value: ['ws-02', 'Ws-01'] }, true],
    [{ field: 'hosts', op: 'contains', value: 'ws' }, false],
    [{ field: 'users', op: 'contains', value: 'corp\\Dora' }, true],
    [{ field: 'users', op: 'in', value: ['dora'] }, false],
  ])('%j holds: %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  test('needs all of "all", one of "any" and none of "none"', () => {
    const endpoint = { field: 'tags', op: 'contains', value: 'endpoint' } as const;
    const cloud = { field: 'tags', op: 'contains', value: 'cloud' } as const;
    expect(matchTargetingRules({ all: [endpoint, cloud] }, alert)).toBe(false);
    expect(matchTargetingRules({ any: [endpoint, cloud] }, alert)).toBe(true);
    expect(matchTargetingRules({ none: [cloud] }, alert)).toBe(true);
    expect(matchTargetingRules({ any: [endpoint], none: [endpoint] }, alert)).toBe(false);
  });

  test.each([
    ['no condition', {}],
    ['an unknown field', { all: [{ field: 'colour', op: 'eq', value: 'red' }] }],
    ['an operator that the field lacks', { all: [{ field: 'title', op: 'gte', value: 'a' }] }],
    ['an unknown severity', { all: [{ field: 'severity', op: 'eq', value: 'urgent' }] }],
  ])('targetingRulesSchema refuses %s', (_, rules) => {
    expect(targetingRulesSchema.safeParse(rules).success).toBe(false);
  });
});

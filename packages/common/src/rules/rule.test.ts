import { describe, expect, it } from '@jest/globals';
import {
  mapTexts,
  matchRule,
  MAX_RULE_CONDITIONS,
  MAX_RULE_DEPTH,
  type Rule,
  ruleSchema,
} from './rule.js';

const FACTS: Record<string, unknown> = {
  status: 200,
  name: 'Cobalt Strike',
  count: '12',
  tags: ['APT', 'c2'],
  flag: true,
  nothing: null,
  first_seen: '2026-05-01T00:00:00Z',
};

const holds = (rule: unknown): boolean =>
  matchRule(ruleSchema.parse(rule), (field) => FACTS[field]);

const one = (field: string, op: string, value: unknown): boolean =>
  holds({ all: [{ field, op, value }] });

describe('a rule', () => {
  it.each([
    ['status', 'eq', 200, true],
    ['status', 'eq', '200', true],
    ['status', 'eq', 201, false],
    ['name', 'eq', 'cobalt strike', true],
    ['name', 'contains', 'STRIKE', true],
    ['name', 'starts_with', 'cob', true],
    ['name', 'starts_with', 'strike', false],
    ['name', 'ne', 'Cobalt Strike', false],
    ['missing', 'ne', 'x', true],
    ['missing', 'eq', 'undefined', false],
    ['nothing', 'eq', 'null', false],
    ['nothing', 'exists', true, false],
    ['nothing', 'exists', false, true],
    ['flag', 'eq', true, true],
    ['flag', 'exists', true, true],
    ['tags', 'contains', 'apt', true],
    ['tags', 'contains', 'ap', false],
    ['tags', 'in', ['x', 'C2'], true],
    ['tags', 'ne', 'c2', false],
    ['count', 'gte', 12, true],
    ['count', 'gt', 12, false],
    ['count', 'lt', '100', true],
    ['name', 'gte', 5, false],
    ['tags', 'gte', 1, false],
    ['first_seen', 'lt', '2026-06-01', true],
  ])('%s %s %j: %s', (field, op, value, expected) => {
    expect(one(field, op, value)).toBe(expected);
  });

  it('joins conditions, and groups of them', () => {
    const yes = { field: 'status', op: 'eq', value: 200 };
    const no = { field: 'status', op: 'eq', value: 500 };
    expect(holds({ all: [yes, no] })).toBe(false);
    expect(holds({ any: [yes, no] })).toBe(true);
    expect(holds({ none: [no] })).toBe(true);
    expect(holds({ any: [no, { all: [yes], none: [no] }] })).toBe(true);
    expect(holds({ all: [yes], none: [{ any: [yes] }] })).toBe(false);
  });

  it('has its texts replaced wherever they stand', () => {
    const rule: Rule = {
      any: [
        { field: 'a', op: 'in', value: ['x', 1] },
        { none: [{ field: 'b', op: 'eq', value: 'x' }] },
        { field: 'c', op: 'exists', value: true },
      ],
    };
    expect(mapTexts(rule, () => 'y')).toEqual({
      any: [
        { field: 'a', op: 'in', value: ['y', 1] },
        { none: [{ field: 'b', op: 'eq', value: 'y' }] },
        { field: 'c', op: 'exists', value: true },
      ],
    });
  });
});

describe('ruleSchema', () => {
  const condition = { field: 'status', op: 'eq', value: 1 };
  const many = (count: number) => ({ all: Array.from({ length: count }, () => condition) });
  const deep = (depth: number): unknown =>
    depth === 1 ? { all: [condition] } : { all: [deep(depth - 1)] };

  it.each([
    ['no condition', {}],
    ['an unknown operator', { all: [{ field: 'a', op: 'like', value: 'b' }] }],
    ['an unknown key', { every: [condition] }],
    ['a list where one value belongs', { all: [{ field: 'a', op: 'eq', value: ['b'] }] }],
    ['an order of booleans', { all: [{ field: 'a', op: 'gte', value: true }] }],
    ['too many conditions', { all: [many(MAX_RULE_CONDITIONS), condition] }],
    ['groups too deep in each other', deep(MAX_RULE_DEPTH + 1)],
  ])('refuses %s', (_, rule) => {
    expect(ruleSchema.safeParse(rule).success).toBe(false);
  });

  it('takes as many conditions and groups as it may hold', () => {
    expect(ruleSchema.safeParse(many(MAX_RULE_CONDITIONS)).success).toBe(true);
    expect(ruleSchema.safeParse(deep(MAX_RULE_DEPTH)).success).toBe(true);
  });
});

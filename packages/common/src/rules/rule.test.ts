import { describe, expect, it } from '@jest/globals';
import { mapTexts, MAX_RULE_CONDITIONS, MAX_RULE_DEPTH, type Rule, ruleSchema } from './rule.js';
import { compileRule, matchRule } from './match-rule.js';

const FACTS: Record<string, unknown> = {
  status: 200,
  name: 'Cobalt Strike',
  count: '12',
  tags: ['APT', 'c2'],
  flag: true,
  nothing: null,
  first_seen: '2026-05-01T00:00:00Z',
  address: '10.1.2.3',
  mapped: '::ffff:10.1.2.3',
  sixes: ['fe80::1', '2001:db8::7'],
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
    ['name', 'regex', 'cobalt\\s+STR', true],
    ['name', 'regex', '^strike', false],
    ['tags', 'regex', '^c\\d$', true],
    ['status', 'regex', '^2..$', true],
    ['missing', 'regex', '.*', false],
    ['address', 'cidr', '10.0.0.0/8', true],
    ['address', 'cidr', ['192.168.0.0/16', '10.1.2.3'], true],
    ['address', 'cidr', '10.2.0.0/16', false],
    ['mapped', 'cidr', '10.0.0.0/8', true],
    ['sixes', 'cidr', '2001:db8::/32', true],
    ['sixes', 'cidr', '10.0.0.0/8', false],
    ['name', 'cidr', '0.0.0.0/0', false],
  ])('%s %s %j: %s', (field, op, value, expected) => {
    expect(one(field, op, value)).toBe(expected);
  });

  it.each(['eq', 'contains', 'starts_with', 'regex'])(
    'minds the letter case in %s when asked',
    (op) => {
      const condition = { field: 'name', op, value: 'Cobalt Strike', case_sensitive: true };
      expect(holds({ all: [condition] })).toBe(true);
      expect(holds({ all: [{ ...condition, value: 'cobalt strike' }] })).toBe(false);
    },
  );

  it('joins conditions, and groups of them', () => {
    const yes = { field: 'status', op: 'eq', value: 200 };
    const no = { field: 'status', op: 'eq', value: 500 };
    expect(holds({ all: [yes, no] })).toBe(false);
    expect(holds({ any: [yes, no] })).toBe(true);
    expect(holds({ none: [no] })).toBe(true);
    expect(holds({ any: [no, { all: [yes], none: [no] }] })).toBe(true);
    expect(holds({ all: [yes], none: [{ any: [yes] }] })).toBe(false);
  });

  it('says which clause does not fit, and where it stands', () => {
    const failureOf = (rule: unknown) =>
      compileRule(ruleSchema.parse(rule)).failure({ read: (field) => FACTS[field] });
    const yes = { field: 'status', op: 'eq', value: 200 };
    const no = { field: 'name', op: 'contains', value: 'x'.repeat(300) };
    expect(failureOf({ all: [yes] })).toBeUndefined();
    expect(failureOf({ all: [yes, { all: [yes, { ...no, value: 'beacon' }] }] })).toBe(
      '/all/1/all/1: name contains "beacon"',
    );
    expect(failureOf({ any: [no, no] })).toBe('/any: none of the 2 holds');
    expect(failureOf({ none: [no, yes] })).toBe('/none/1: status eq 200 holds, and must not');
    expect(failureOf({ all: [no] })?.length).toBeLessThan(150);
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
    ['an order of nothing', { all: [{ field: 'a', op: 'lt', value: '' }] }],
    ['an empty group', { all: [condition, { any: [] }] }],
    ['a pattern that looks around', { all: [{ field: 'a', op: 'regex', value: '(?=x)' }] }],
    ['a pattern that refers back', { all: [{ field: 'a', op: 'regex', value: '(a)\\1' }] }],
    ['a pattern that is too large', { all: [{ field: 'a', op: 'regex', value: '(a{100}){10}' }] }],
    ['no network', { all: [{ field: 'a', op: 'cidr', value: '10.0.0.0/33' }] }],
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

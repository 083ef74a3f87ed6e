import { describe, expect, test } from '@jest/globals';
import { type NormalizedAlert } from '@calseta/common';
import { aNormalizedAlert } from '@calseta/testing';
import { dedupKey, dedupKeyOfText } from './dedup-key.js';

const ip = (value: string) => ({ type: 'ip' as const, value });
const keyOf = (
  alert: Partial<NormalizedAlert>,
  { idempotencyKey, payload = {} }: { idempotencyKey?: string; payload?: unknown } = {},
): string =>
  dedupKey({
    sourceName: 'generic',
    alert: aNormalizedAlert(alert),
    payload,
    text: JSON.stringify(payload),
    idempotencyKey,
  });

describe('dedupKey', () => {
  test("prefers the sender's key, then the native id", () => {
    expect(keyOf({ nativeAlertId: 'n' }, { idempotencyKey: 'k' })).toMatch(/^key:k:[0-9a-f]{64}$/);
    expect(keyOf({ nativeAlertId: 'n' })).toBe('id:n');
  });

  test("takes the sender's key for what it came with alone", () => {
    const keyed = (payload: unknown, idempotencyKey = 'k') =>
      keyOf({}, { idempotencyKey, payload });
    expect(keyed({ n: 1 })).toBe(keyed({ n: 1 }));
    expect(keyed({ n: 1 })).not.toBe(keyed({ n: 2 }));
    expect(keyed({ n: 1 })).not.toBe(keyed({ n: 1 }, 'other'));
    expect(dedupKeyOfText('{"n":1}', 'k')).toBe(keyed({ n: 1 }));
  });

  test('else compares the rule, or the title, and the indicators in any order and spelling', () => {
    const one = {
      sourceRuleId: 'r',
      title: 'one',
      statedIndicators: [ip('2001:DB8::1'), ip('10.0.0.1')],
    };
    const other = {
      sourceRuleId: 'r',
      title: 'other',
      statedIndicators: [ip('10.0.0.1'), ip('2001:db8:0::1'), ip('10.0.0.1')],
    };
    expect(keyOf(one)).toBe(keyOf(other));
    expect(keyOf({ ...one, sourceRuleId: 'r2' })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, statedIndicators: [] })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, fields: { src_ip: '10.9.9.9' } })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, hosts: ['web-1'] })).not.toBe(keyOf(one));
  });

  test('tells alerts apart by what only their payload holds, but not by times and counters', () => {
    const about = (address: string, count: number) =>
      keyOf({}, { payload: { count, event: { src_ip: address } } });
    expect(about('198.51.100.1', 1)).toBe(about('198.51.100.1', 2));
    expect(about('198.51.100.1', 1)).not.toBe(about('198.51.100.2', 1));
  });

  test('is bounded, whatever the sender states', () => {
    const long = 'x'.repeat(100_000);
    expect(keyOf({}, { idempotencyKey: long }).length).toBeLessThan(100);
    expect(keyOf({ nativeAlertId: long }).length).toBeLessThan(100);
    expect(dedupKeyOfText(long, undefined).length).toBeLessThan(100);
  });
});

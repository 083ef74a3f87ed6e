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
    expect(keyOf({ nativeAlertId: 'n', isEnd: true }, { idempotencyKey: 'k' })).toBe('id:n');
  });

  test("takes the sender's key for what it came with alone", () => {
    const keyed = (payload: unknown, idempotencyKey = 'k') =>
      keyOf({}, { idempotencyKey, payload });
    expect(keyed({ n: 1 })).toBe(keyed({ n: 1 }));
    expect(keyed({ n: 1 })).not.toBe(keyed({ n: 2 }));
    expect(keyed({ n: 1 })).not.toBe(keyed({ n: 1 }, 'other'));
    expect(dedupKeyOfText('{"n":1}', 'k')).toBe(keyed({ n: 1 }));
  });

  test('else compares the rule, the title, the description and the indicators in any order and spelling', () => {
    const one = {
      sourceRuleId: 'r',
      title: 'Seen 3 times',
      description: 'Since 10:00 on web1',
      statedIndicators: [ip('2001:DB8::1'), ip('10.0.0.1')],
    };
    const other = {
      sourceRuleId: 'r',
      title: 'Seen 5 times',
      description: 'Since 11:30 on web1',
      statedIndicators: [ip('10.0.0.1'), ip('2001:db8:0::1'), ip('10.0.0.1')],
    };
    expect(keyOf(one)).toBe(keyOf(other));
    expect(keyOf({ ...one, sourceRuleId: 'r2' })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, title: 'Another' })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, description: 'Since 10:00 on web2' })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, statedIndicators: [] })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, fields: { src_ip: '10.9.9.9' } })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, hosts: ['web-1'] })).not.toBe(keyOf(one));
    expect(keyOf({ ...one, users: ['web-1'] })).not.toBe(keyOf({ ...one, hosts: ['web-1'] }));
  });

  test('compares the payload where it names nobody and nothing is found in it', () => {
    const row = (share: string, volatile: Record<string, unknown>) =>
      keyOf({ title: 'Mass file read' }, { payload: { result: { share }, ...volatile } });
    expect(row('hr', { sid: 'rt_1', count: 1 })).toBe(row('hr', { sid: 'rt_2', count: 9 }));
    expect(row('hr', {})).not.toBe(row('legal', {}));
    const said = (count: number) => {
      const description = `Seen ${count} times`;
      return keyOf({ description }, { payload: { message: description } });
    };
    expect(said(1)).toBe(said(2));
  });

  test('tells alerts apart by what only their payload holds, but not by times and counters', () => {
    const about = (address: string, count: number) =>
      keyOf({}, { payload: { count, event: { src_ip: address } } });
    expect(about('198.51.100.1', 1)).toBe(about('198.51.100.1', 2));
    expect(about('198.51.100.1', 1)).not.toBe(about('198.51.100.2', 1));
  });

  test('takes a title as it is where there is no rule: two alerts rather than one', () => {
    const titled = (title: string, sourceRuleId?: string) =>
      keyOf({ title, ...(sourceRuleId !== undefined && { sourceRuleId }) }, { payload: { title } });
    const [one, other] = ['0b2ac1d3', '9f4e7710'].map(
      (start) => `Case ${start}-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
    ) as [string, string];
    expect(titled(one)).not.toBe(titled(other));
    expect(titled('Host 12 is down')).not.toBe(titled('Host 13 is down'));
    expect(titled('Seen 3 times', 'r')).toBe(titled('Seen 4 times', 'r'));
  });

  test('is bounded, whatever the sender states', () => {
    const long = 'x'.repeat(100_000);
    expect(keyOf({}, { idempotencyKey: long }).length).toBeLessThan(100);
    expect(keyOf({ nativeAlertId: long }).length).toBeLessThan(100);
    expect(dedupKeyOfText(long, undefined).length).toBeLessThan(100);
  });
});

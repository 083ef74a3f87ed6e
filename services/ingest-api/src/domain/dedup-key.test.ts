import { describe, expect, test } from '@jest/globals';
import { aNormalizedAlert } from '@calseta/testing';
import { dedupKey, dedupKeyOfText } from './dedup-key.js';

const ip = (value: string) => ({ type: 'ip' as const, value });

describe('dedupKey', () => {
  test("prefers the sender's key, then the native id", () => {
    const alert = aNormalizedAlert({ nativeAlertId: 'n' });
    expect(dedupKey(alert, 'k')).toBe('key:k');
    expect(dedupKey(alert, undefined)).toBe('id:n');
  });

  test('else compares the rule, or the title, and the indicators in any order and spelling', () => {
    const one = aNormalizedAlert({
      sourceRuleId: 'r',
      title: 'one',
      statedIndicators: [ip('2001:DB8::1'), ip('10.0.0.1')],
    });
    const other = aNormalizedAlert({
      sourceRuleId: 'r',
      title: 'other',
      statedIndicators: [ip('10.0.0.1'), ip('2001:db8:0::1'), ip('10.0.0.1')],
    });
    expect(dedupKey(one, undefined)).toBe(dedupKey(other, undefined));
    expect(dedupKey({ ...one, sourceRuleId: 'r2' }, undefined)).not.toBe(dedupKey(one, undefined));
    expect(dedupKey({ ...one, statedIndicators: [] }, undefined)).not.toBe(dedupKey(one, undefined));
    expect(dedupKey({ ...one, fields: { src_ip: '10.9.9.9' } }, undefined)).not.toBe(
      dedupKey(one, undefined),
    );
  });

  test('is bounded, whatever the sender states', () => {
    const long = 'x'.repeat(100_000);
    expect(dedupKey(aNormalizedAlert(), long).length).toBeLessThan(100);
    expect(dedupKey(aNormalizedAlert({ nativeAlertId: long }), undefined).length).toBeLessThan(100);
    expect(dedupKeyOfText(long, undefined).length).toBeLessThan(100);
  });
});

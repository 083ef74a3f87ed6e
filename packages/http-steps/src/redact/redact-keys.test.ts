import { describe, expect, test } from '@jest/globals';
import { keySet, redactKeys, withoutKeys } from './redact-keys.js';

describe('redactKeys', () => {
  test('takes values out at any depth, whatever they are', () => {
    const text = JSON.stringify({ id: 1, tempPassword: 'x', list: [{ credentials: { a: [1] } }] });
    expect(JSON.parse(redactKeys(text, ['tempPassword', 'credentials']))).toEqual({
      id: 1,
      tempPassword: '[redacted]',
      list: [{ credentials: '[redacted]' }],
    });
  });

  test('knows a key in any letter case', () => {
    expect(redactKeys('{"TempPassword":"x","TEMPPASSWORD":[1]}', ['tempPassword'])).toBe(
      '{"TempPassword":"[redacted]","TEMPPASSWORD":"[redacted]"}',
    );
    expect(withoutKeys({ a: [{ Password: { b: 'x' } }] }, keySet(['passWord']))).toEqual({
      shown: { a: [{ Password: '[redacted]' }] },
      hidden: ['x'],
    });
  });

  test('shows nothing of what it cannot read', () => {
    expect(redactKeys('{"tempPassword":"x"', ['tempPassword'])).toBe('[redacted]');
    expect(redactKeys('<html>', ['tempPassword'])).toBe('[redacted]');
  });

  test('leaves a text alone when there is nothing to take out', () => {
    expect(redactKeys('{"a": 1}', [])).toBe('{"a": 1}');
    expect(redactKeys('', ['a'])).toBe('');
  });
});

import { describe, expect, test } from '@jest/globals';
import { foldKey, hasKey, ownKey, valueAt } from './keys.js';

describe('ownKey', () => {
  test.each<[Record<string, unknown>, string, string | undefined]>([
    [{ alertid: 1, alertId: 2, alert_id: 3 }, 'alertId', 'alertId'],
    [{ alert_id: 3, ALERTID: 1 }, 'alertId', 'ALERTID'],
    [{ alert_id: 3 }, 'alertId', 'alert_id'],
    [{ alertId: 3 }, 'alert_id', 'alertId'],
    [{ 'Created-Time UTC': 3 }, 'createdTimeUtc', 'Created-Time UTC'],
    [{ time: 1 }, '_time', undefined],
    [{ _time: 1 }, 'time', undefined],
    [{ 'rule.id': 1 }, 'rule_id', undefined],
    [{}, 'constructor', undefined],
    [JSON.parse('{"__proto__":1}') as Record<string, unknown>, '__PROTO__', '__proto__'],
  ])('of %j for %s is %s', (record, name, key) => {
    expect(ownKey(record, name)).toBe(key);
  });

  test('tells what a record has, and its value', () => {
    expect(hasKey({ eventtype: 1 }, 'other', 'eventType')).toBe(true);
    expect(hasKey({ eventtype: 1 }, 'other')).toBe(false);
    expect(valueAt({ EVENTTYPE: 1 }, 'eventType')).toBe(1);
    expect(valueAt({}, 'toString')).toBeUndefined();
  });

  test('folds in linear time', () => {
    const key = `a${'_'.repeat(200_000)}b`;
    expect(foldKey(key)).toBe('ab');
  });
});

import { type NormalizedAlert } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { dedupKey, dedupKeyOfText } from './dedup-key.js';

const ALERT: NormalizedAlert = {
  title: 'Brute force',
  severity: 'High',
  tags: [],
  mitreTactics: [],
  mitreTechniques: [],
  fields: {},
  hosts: [],
  users: [],
  statedIndicators: [],
  notes: [],
};

const keyOf = (change: Partial<NormalizedAlert> = {}, payload: unknown = {}, key?: string) =>
  dedupKey({
    sourceName: 'generic',
    alert: { ...ALERT, ...change },
    payload,
    idempotencyKey: key,
  });

describe('dedupKey', () => {
  test('prefers the sender’s key, then the source’s id, then the content', () => {
    expect(keyOf({ nativeAlertId: 'N-1' }, {}, 'K-1')).toBe('key:K-1');
    expect(keyOf({ nativeAlertId: 'N-1' })).toBe('id:N-1');
    expect(keyOf()).toMatch(/^hash:[0-9a-f]{64}$/);
  });

  test('hashes what is too long for a primary key', () => {
    expect(keyOf({ nativeAlertId: 'n'.repeat(197) })).toHaveLength(200);
    expect(keyOf({ nativeAlertId: 'n'.repeat(198) })).toMatch(/^sha256:/);
  });

  test.each<[string, Partial<NormalizedAlert>, unknown]>([
    [
      'other times and ids',
      {},
      { event_id: 77, at: '2026-01-01T00:00:00Z', src_ip: '198.51.100.9' },
    ],
    ['another spelling', {}, { src_ip: '198.51.100.9', note: 'from 198[.]51[.]100[.]9' }],
    ['another title under the same rule', { title: 'x' }, { src_ip: '198.51.100.9' }],
  ])('takes an alert with %s for a repeat', (_, change, payload) => {
    const rule = { sourceRuleId: 'R-1' };
    expect(keyOf({ ...rule, ...change }, payload)).toBe(keyOf(rule, { src_ip: '198.51.100.9' }));
  });

  test.each<[string, Partial<NormalizedAlert>, unknown]>([
    ['another address in the payload', {}, { src_ip: '198.51.100.10' }],
    [
      'another address in the text',
      { description: 'seen 203.0.113.7' },
      { src_ip: '198.51.100.9' },
    ],
    ['another host', { hosts: ['WS-2'] }, { src_ip: '198.51.100.9' }],
    ['another user', { users: ['alice'] }, { src_ip: '198.51.100.9' }],
    ['another title', { title: 'Password spray' }, { src_ip: '198.51.100.9' }],
  ])('keeps an alert with %s apart', (_, change, payload) => {
    expect(keyOf(change, payload)).not.toBe(keyOf({}, { src_ip: '198.51.100.9' }));
  });

  test('compares unreadable payloads by their text', () => {
    expect(dedupKeyOfText('a', undefined)).toBe(dedupKeyOfText('a', undefined));
    expect(dedupKeyOfText('a', undefined)).not.toBe(dedupKeyOfText('b', undefined));
    expect(dedupKeyOfText('a', 'K')).toBe('key:K');
  });
});

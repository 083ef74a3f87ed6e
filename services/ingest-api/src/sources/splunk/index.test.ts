import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { splunk } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(splunk, fixtures[name]);

describeSourceContract(splunk, fixtures);

describe('splunk', () => {
  test('reads the webhook of an alert action', () => {
    const alert = read('webhook');
    expect(alert).toMatchObject({
      title: 'Logins from two countries',
      severity: 'Medium',
      occurredAt: new Date('2025-01-01T00:00:00.500Z'),
      sourceUrl: 'https://splunk.example.com:8000/app/search/@go?sid=x',
      fields: { src_ip: '203.0.113.9', dst_hostname: 'vpn.example.com' },
      users: ['berta', 'carl'],
    });
    expect(statedBy(alert)).toEqual([
      'ip 203.0.113.9',
      'domain vpn.example.com',
      'account berta',
      'account carl',
    ]);
    expect(alert.statedIndicators[0]?.pointer).toBe('/result/src');
  });

  test('reads a notable: urgency over severity, never priority, and only valid values', () => {
    const alert = read('notable');
    expect(alert).toMatchObject({
      title: 'Excessive Failed Logins by 10.2.3.4',
      severity: 'Critical',
      occurredAt: new Date('2025-01-02T02:04:05Z'),
      nativeAlertId: '9F1@@notable@@abc',
      sourceRuleName: 'Excessive Failed Logins',
      mitreTactics: ['TA0006'],
      mitreTechniques: ['T1110', 'T1110.001'],
    });
    expect(statedBy(alert)).toEqual(['ip 10.2.3.4', 'hash_md5 900150983cd24fb0d6963f7d28e17f72']);
  });

  test.each([
    [{ dest: 'WS-42', src: 'laptop_7' }, ['WS-42', 'laptop_7']],
    [{ dest: '198.51.100.7', src: 'evil.example.com' }, []],
    [{ dest: 'unknown', src: 'N/A' }, []],
  ])('takes bare names in %j for hosts', (fields, hosts) => {
    const payload = { search_name: 'S', result: { _time: '1764324000', ...fields } };
    expect(normalized(splunk, payload).hosts).toEqual(hosts);
  });

  test('makes up a title for a result that is one metric', () => {
    const alert = read('metric-only');
    expect(alert).toMatchObject({ title: 'Splunk result from mongod', severity: 'Pending' });
    expect(alert.occurredAt).toBeUndefined();
  });

  test('splits several results and keeps their search', () => {
    const parts = partsOf(splunk, fixtures['several-results']);
    expect(parts.map((part) => statedBy(normalized(splunk, part)))).toEqual([
      ['hash_sha1 a9993e364706816aba3e25717850c26c9cd0d89d'],
      ['url http://x.example.net/'],
    ]);
    expect(normalized(splunk, parts[1]).title).toBe('Rare process');
  });

  test('reads an HEC event with its envelope', () => {
    expect(read('hec-event')).toMatchObject({
      title: 'Port scan',
      severity: 'High',
      occurredAt: new Date('2025-01-01T00:00:01.250Z'),
    });
  });

  test('takes lists in one string apart', () => {
    const alert = normalized(splunk, {
      search_name: 'S',
      result: { user: 'bob,alice', src_user: 'Doe, Jane', dest: 'a.example.net,b.example.net' },
    });
    expect(statedBy(alert)).toEqual([
      'domain a.example.net',
      'domain b.example.net',
      'account bob',
      'account alice',
      'account Doe, Jane',
    ]);
  });
});

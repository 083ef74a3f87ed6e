import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, partsOf, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { sentinel } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(sentinel, fixtures[name]);

describeSourceContract(sentinel, fixtures);

describe('sentinel', () => {
  test('reads an incident with its sibling entities', () => {
    const alert = read('incident-with-entities');
    expect(alert).toMatchObject({
      title: 'Rare application consent',
      severity: 'Medium',
      occurredAt: new Date('2025-05-06T07:08:09.123Z'),
      nativeAlertId: '0a5c2c5e-6ee5-4b8f-a6b2-1f0e3d9c7a11',
      sourceRuleId: '5d2c1f60-96a4-4a51-8a71-8dd2f1c0c1aa',
      sourceUrl: 'https://portal.azure.com/#asset/Incident/77',
      tags: ['consent'],
      mitreTactics: ['TA0003', 'TA0006'],
      mitreTechniques: ['T1528'],
      hosts: ['LAPTOP-9.corp.contoso.com'],
      users: ['mira@contoso.com'],
    });
    expect(statedBy(alert)).toEqual([
      'account mira@contoso.com',
      'ip 203.0.113.77',
      'hash_sha1 A9993E364706816ABA3E25717850C26C9CD0D89D',
    ]);
  });

  test('reads the incident trigger of a Logic App', () => {
    const alert = read('logic-app-incident-trigger');
    expect(alert).toMatchObject({
      title: 'Mass download by a departing user',
      severity: 'High',
      sourceRuleName: 'Mass download',
      mitreTactics: ['TA0010'],
    });
    expect(statedBy(alert)).toEqual([
      'ip 198.51.100.23',
      'account leaver@contoso.com',
      'hash_md5 900150983cd24fb0d6963f7d28e17f72',
      'url https://drop.example.net/up',
      'domain drop.example.net',
      'email hr@contoso.com',
      'email x@bad.example.org',
    ]);
    expect(alert.statedIndicators[0]?.pointer).toBe(
      '/body/object/properties/relatedEntities/0/properties/address',
    );
  });

  test('reads a SecurityAlert row with its columns as JSON text', () => {
    const alert = read('security-alert-row');
    expect(alert).toMatchObject({
      severity: 'Informational',
      occurredAt: new Date('2025-03-04T05:06:07.123Z'),
      sourceRuleId: 'ws_4f1a',
      mitreTactics: ['TA0001', 'TA0006'],
      mitreTechniques: ['T1078', 'T1078.004'],
    });
    expect(statedBy(alert)).toEqual(['account CORP\\svc', 'ip 2001:db8::7']);
  });

  test('reads a SecurityIncident row', () => {
    expect(read('security-incident-row')).toMatchObject({
      title: 'Incident of several alerts',
      nativeAlertId: 'e2b1',
      sourceRuleId: '77aa',
      tags: ['vip'],
      occurredAt: new Date('2025-03-04T05:00:00Z'),
    });
  });

  test('reads entities in an object keyed by kind, and as pairs', () => {
    expect(statedBy(read('entities-by-kind'))).toEqual([
      'account LAB\\ops',
      'ip 192.0.2.9',
      'ip 192.0.2.10',
    ]);
    expect(statedBy(read('flat-with-pairs'))).toEqual(['ip 192.0.2.11', 'ip 192.0.2.12']);
  });

  test('makes one alert of each row of a table', () => {
    const columns = [{ name: 'AlertName', type: 'string' }, { name: 'AlertSeverity' }];
    const rows = [
      ['One', 'High'],
      ['Two', 'Low'],
    ];
    const parts = partsOf(sentinel, { tables: [{ name: 'PrimaryResult', columns, rows }] });
    expect(
      parts
        .map((part) => normalized(sentinel, part))
        .map(({ title, severity }) => [title, severity]),
    ).toEqual(rows);
  });

  test('repeats no long key in the pointers of the entities under it', () => {
    const Entities = { ['k'.repeat(100_000)]: { nic: { Type: 'ip', Address: '192.0.2.13' } } };
    const { statedIndicators } = normalized(sentinel, { AlertDisplayName: 'x', Entities });
    expect(statedIndicators).toMatchObject([{ value: '192.0.2.13', pointer: '/Entities/~…' }]);
  });

  test('reads a body that somebody built around an alert', () => {
    const alert = normalized(sentinel, {
      source: 'sentinel',
      timestamp: '2026-11-28T10:00:00Z',
      alert: { id: 'sys-1', name: 'Suspicious sign-in', severity: 'Medium' },
      entities: [{ Type: 'ip', Address: '45.155.205.71' }],
    });
    expect(alert).toMatchObject({
      title: 'Suspicious sign-in',
      severity: 'Medium',
      occurredAt: new Date('2026-11-28T10:00:00Z'),
      nativeAlertId: 'sys-1',
    });
    expect(statedBy(alert)).toEqual(['ip 45.155.205.71']);
  });

  test('reads the trigger for alerts by when the alert was generated', () => {
    expect(
      normalized(sentinel, {
        properties: {
          alertDisplayName: 'Anomalous token',
          severity: 'High',
          timeGenerated: '2026-11-28T10:00:00Z',
          systemAlertId: 'al9',
          techniques: ['T1528'],
        },
      }),
    ).toMatchObject({ nativeAlertId: 'al9', occurredAt: new Date('2026-11-28T10:00:00Z') });
  });
});

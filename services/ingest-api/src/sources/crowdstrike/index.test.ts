import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { crowdstrike } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(crowdstrike, fixtures[name]);

describeSourceContract(crowdstrike, fixtures);

describe('crowdstrike', () => {
  test('reads a detection summary of the event stream', () => {
    const alert = read('detection-summary');
    expect(alert).toMatchObject({
      title: 'Suspicious Activity',
      description: 'A process tried to dump credentials.',
      severity: 'High',
      occurredAt: new Date('2024-12-31T23:59:50Z'),
      nativeAlertId: 'ldt:abc:1',
      mitreTactics: ['TA0006'],
      hosts: ['LAPTOP-1'],
      fields: { src_ip: '10.0.0.7', dns_query: 'c2.example.net' },
    });
    expect(statedBy(alert)).toEqual([
      'ip 198.51.100.44',
      'ip 10.0.0.7',
      'domain c2.example.net',
      'hash_sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'account dora',
    ]);
  });

  test('reads alerts of the API one by one, on the scale of a hundred', () => {
    const [first, second] = partsOf(crowdstrike, fixtures['api-alert']);
    expect(normalized(crowdstrike, first)).toMatchObject({
      title: 'CredentialDump',
      severity: 'High',
      occurredAt: new Date('2025-02-01T00:00:00.5Z'),
      mitreTechniques: ['T1003'],
      hosts: ['SRV-2'],
      users: ['eve'],
    });
    expect(normalized(crowdstrike, second).severity).toBe('Informational');
  });

  test('reads an event that is no detection', () => {
    expect(read('audit-event')).toMatchObject({
      title: 'AuthActivityAuditEvent',
      severity: 'Pending',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      fields: { src_ip: '198.51.100.61' },
    });
  });

  test('reads an incident of the event stream', () => {
    expect(read('incident-event')).toMatchObject({
      title: 'CrowdStrike incident',
      isTitleAssumed: true,
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      nativeAlertId: 'inc:abc:def',
      sourceUrl: 'https://falcon.crowdstrike.com/crowdscore/incidents/details/inc:abc:def',
    });
  });

  test('reads a match of the firewall by its rule', () => {
    const alert = read('firewall-event');
    expect(alert).toMatchObject({
      title: 'Block outbound SSH',
      description: 'No SSH from build servers',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      sourceRuleId: '9203387366520126466',
      sourceRuleName: 'Block outbound SSH',
      hosts: ['BUILD-7'],
    });
    expect(statedBy(alert)).toEqual(['ip 198.51.100.80', 'ip 10.1.2.3']);
  });

  test('reads the webhook of a Fusion workflow', () => {
    expect(read('fusion-webhook')).toMatchObject({
      title: 'Registry run key',
      severity: 'High',
      nativeAlertId: 'ldt:abc:9',
      hosts: ['WS-9'],
      mitreTactics: ['TA0003'],
      sourceUrl: 'https://falcon.crowdstrike.com/activity/detections/detail/abc/9',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
    });
  });

  test('tells an alert of the API by when it was seen, whatever its process began at', () => {
    const [first] = partsOf(crowdstrike, fixtures['api-alert']) as Record<string, unknown>[];
    const { display_name: name, ...others } = first!;
    expect(
      normalized(crowdstrike, {
        ...others,
        name,
        process_start_time: '1700000000',
        severity_name: '',
      }),
    ).toMatchObject({
      title: 'CredentialDump',
      severity: 'High',
      occurredAt: new Date('2025-02-01T00:00:00.5Z'),
    });
  });

  test('takes a title that somebody wrote over a description', () => {
    expect(
      normalized(crowdstrike, {
        incident_id: 'ldt:abc:1',
        title: 'Malware on WS02',
        severity: 'High',
        description: 'x.exe dropped',
        host: 'WS02',
        link: 'https://falcon.crowdstrike.com/activity/detections/detail/abc/1',
        timestamp: '2026-11-28T10:00:00Z',
      }),
    ).toMatchObject({
      title: 'Malware on WS02',
      description: 'x.exe dropped',
      nativeAlertId: 'ldt:abc:1',
      hosts: ['WS02'],
      sourceUrl: 'https://falcon.crowdstrike.com/activity/detections/detail/abc/1',
    });
  });
});

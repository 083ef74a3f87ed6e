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
});

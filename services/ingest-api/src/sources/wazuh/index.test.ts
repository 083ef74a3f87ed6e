import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { elastic } from '../elastic/index.js';
import { wazuh } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(wazuh, fixtures[name]);

describeSourceContract(wazuh, fixtures);

describe('wazuh', () => {
  test('reads an alert of alerts.json', () => {
    const alert = read('ssh');
    expect(alert).toMatchObject({
      title: 'sshd: brute force trying to get access to the system.',
      severity: 'Medium',
      severityOriginal: '10',
      occurredAt: new Date('2025-01-15T09:30:45.123Z'),
      nativeAlertId: '1736933445.1',
      sourceRuleId: '5712',
      mitreTactics: ['TA0006'],
      mitreTechniques: ['T1110'],
      tags: ['syslog', 'sshd'],
      fields: { src_ip: '203.0.113.50' },
      hosts: ['web-1'],
    });
    expect(statedBy(alert)).toEqual(['ip 203.0.113.50', 'account root', 'ip 192.168.1.10']);
  });

  test('takes labelled hashes but not the import hash', () => {
    const alert = read('sysmon-hit');
    expect(alert.severity).toBe('Critical');
    expect(statedBy(alert)).toEqual([
      'account CORP\\ann',
      'hash_sha1 A9993E364706816ABA3E25717850C26C9CD0D89D',
      'hash_md5 900150983CD24FB0D6963F7D28E17F72',
    ]);
  });

  test('reads the alert inside the Shuffle envelope', () => {
    expect(read('shuffle')).toMatchObject({ severity: 'Low', sourceRuleId: '554' });
  });

  test('reads the alert that an active response is sent', () => {
    const alert = { rule: { level: 5, description: 'sshd: authentication failed.', id: '5760' } };
    expect(
      normalized(wazuh, { version: 1, command: 'add', parameters: { extra_args: [], alert } }),
    ).toMatchObject({ title: 'sshd: authentication failed.', sourceRuleId: '5760' });
  });

  test('reads the message of the Slack integration', () => {
    expect(read('slack-message')).toMatchObject({
      title: 'sshd: brute force trying to get access to the system.',
      description: expect.stringContaining('Failed password for root from 203.0.113.50'),
      severity: 'Medium',
      severityOriginal: '10',
      sourceRuleId: '5712',
      hosts: ['web-1'],
      occurredAt: new Date('2025-01-15T09:30:45.1Z'),
    });
  });

  test.each([
    ['danger', 'High'],
    ['warning', 'Medium'],
    ['good', 'Low'],
    ['#ff0000', 'Pending'],
  ])('takes the colour %s for %s where no level is given', (color, severity) => {
    expect(normalized(wazuh, { attachments: [{ color, title: 'x' }] }).severity).toBe(severity);
  });

  test('reads the alert inside the PagerDuty integration', () => {
    expect(read('pagerduty')).toMatchObject({
      title: 'sshd: brute force trying to get access to the system.',
      severity: 'High',
      nativeAlertId: '1736933445.1',
      sourceRuleId: '5712',
      hosts: ['web-1'],
      fields: { src_ip: '203.0.113.50' },
    });
    const bare = {
      payload: {
        summary: 'Rootkit',
        source: 'web-1',
        severity: 'critical',
        timestamp: '2025-01-15T09:30:45Z',
      },
    };
    expect(normalized(wazuh, bare)).toMatchObject({
      title: 'Rootkit',
      severity: 'Critical',
      occurredAt: new Date('2025-01-15T09:30:45Z'),
    });
  });

  test.each([wazuh, elastic])(
    'reads the notification of a monitor on the path of $name',
    (plugin) => {
      expect(normalized(plugin, fixtures['monitor'])).toMatchObject({
        title: 'More than 100 in ten minutes',
        description: 'Monitor Many failed logins',
        severity: 'High',
        severityOriginal: '2',
        nativeAlertId: 'al-1',
        sourceRuleId: 'mon-1',
        sourceRuleName: 'Many failed logins',
        sourceStatus: 'ACTIVE',
        occurredAt: new Date('2025-01-15T09:30:00Z'),
      });
      const templated = {
        monitor: 'Logins',
        trigger: 'Many',
        severity: '1',
        period_end: '2025-01-15T09:30:00Z',
      };
      expect(normalized(plugin, templated)).toMatchObject({
        title: 'Many',
        severity: 'Critical',
        sourceRuleName: 'Logins',
      });
    },
  );

  test.each([
    [1, 'Low'],
    [2, 'Medium'],
    [3, 'High'],
  ])('takes step %d of a message for Shuffle for %s', (step, severity) => {
    const message = { severity: step, pretext: 'WAZUH Alert', title: 'x', rule_id: '5712' };
    expect(normalized(wazuh, message)).toMatchObject({ severity, sourceRuleId: '5712' });
  });
});

import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { sentinel } from '../sentinel/index.js';
import { azureMonitor } from './index.js';

const fixtures = readFixtures(import.meta.dirname);

describeSourceContract(azureMonitor, fixtures);

describe('azure_monitor', () => {
  // Some action groups send to the path of Sentinel, which is next to it in the portal.
  test.each([azureMonitor, sentinel])('reads the common schema on the path of $name', (plugin) => {
    expect(normalized(plugin, fixtures['log-search-alert'])).toMatchObject({
      title: 'Failed logins on web servers',
      description: 'More than 20 failed logins in five minutes',
      severity: 'High',
      severityOriginal: 'Sev1',
      occurredAt: new Date('2025-03-22T13:58:24.371Z'),
      nativeAlertId: expect.stringMatching(/b9569717-bc32-442f-add5-83a997729330$/),
      sourceRuleName: 'Failed logins on web servers',
      sourceUrl: expect.stringMatching(/^https:\/\/portal\.azure\.com\//),
      hosts: ['web-1'],
      sourceStatus: 'Fired',
    });
  });

  test.each([
    ['Sev0', 'Critical'],
    ['Sev1', 'High'],
    ['Sev2', 'Medium'],
    ['Sev3', 'Informational'],
    ['sev4', 'Informational'],
    ['Sev5', 'Informational'],
    ['High', 'High'],
  ])('takes %s for %s', (severity, expected) => {
    const payload = { data: { essentials: { alertRule: 'r', severity } } };
    expect(normalized(azureMonitor, payload).severity).toBe(expected);
  });

  test('says that an alert is over', () => {
    expect(normalized(azureMonitor, fixtures['resolved'])).toMatchObject({
      isEnd: true,
      sourceStatus: 'Resolved',
      severity: 'Informational',
    });
  });
});

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

  const METRIC = {
    id: '/subscriptions/s/resourceGroups/g/providers/microsoft.insights/metricAlerts/cpu',
    name: 'CPU is high',
    description: 'more than 90 %',
    timestamp: '2025-03-22T13:58:24.3713213Z',
    severity: '1',
    conditionType: 'SingleResourceMultipleMetricCriteria',
    condition: { allOf: [{ metricName: 'CPU', dimensions: [{ name: 'node', value: 'n1' }] }] },
    resourceName: 'vm-7',
    resourceId: '/subscriptions/s/vm-7',
    resourceType: 'Microsoft.Compute/virtualMachines',
    portalLink: 'https://portal.azure.com/#resource/vm-7',
  };

  test.each([
    [
      'metric alerts',
      {
        schemaId: 'AzureMonitorMetricAlert',
        data: { version: '2.0', status: 'Activated', context: METRIC },
      },
    ],
    ['classic metric alerts', { status: 'Activated', context: METRIC, properties: {} }],
  ])('reads the older schema of %s', (_, payload) => {
    expect(normalized(azureMonitor, payload)).toMatchObject({
      title: 'CPU is high',
      description: 'more than 90 %',
      severity: 'High',
      occurredAt: new Date('2025-03-22T13:58:24.371Z'),
      hosts: ['vm-7'],
      sourceUrl: METRIC.portalLink,
      sourceStatus: 'Activated',
    });
  });

  test.each(['Deactivated', 'Resolved'])('knows the end of a metric alert, %s', (status) => {
    const of = (word: string) =>
      normalized(azureMonitor, { data: { status: word, context: METRIC } });
    expect(of(status)).toMatchObject({ isEnd: true, nativeAlertId: of('Activated').nativeAlertId });
    expect(of('Activated')).toMatchObject({ isEnd: undefined });
  });

  test('reads the older schema of log search alerts', () => {
    const data = {
      AlertRuleName: 'AcmeRule',
      Description: 'errors',
      Severity: 'Warning',
      SearchIntervalEndtimeUtc: '2025-03-22T13:00:00Z',
      LinkToSearchResults: 'https://portal.azure.com/#search',
      ResultCount: 2,
      SearchResult: {
        tables: [{ name: 'PrimaryResult', columns: [{ name: 'Computer' }], rows: [['web-1']] }],
      },
    };
    expect(
      normalized(azureMonitor, { schemaId: 'Microsoft.Insights/LogAlert', data }),
    ).toMatchObject({
      title: 'AcmeRule',
      description: 'errors',
      severity: 'Medium',
      sourceRuleName: 'AcmeRule',
      sourceUrl: 'https://portal.azure.com/#search',
    });
  });

  test('reads the activity log, where only health events end', () => {
    const activity = (eventSource: string, status: string) =>
      normalized(azureMonitor, {
        schemaId: 'Microsoft.Insights/activityLogs',
        data: {
          status: 'Activated',
          context: {
            activityLog: {
              eventSource,
              eventTimestamp: '2025-03-22T13:00:00Z',
              eventDataId: '7f9b',
              level: 'Warning',
              operationName: 'Microsoft.Compute/virtualMachines/delete',
              caller: 'dora@example.com',
              status,
              properties: { trackingId: 'NVV4-NTC' },
            },
          },
        },
      });
    expect(activity('Administrative', 'Resolved')).toMatchObject({
      title: 'Microsoft.Compute/virtualMachines/delete',
      severity: 'Medium',
      nativeAlertId: '7f9b',
      users: ['dora@example.com'],
    });
    expect(activity('Administrative', 'Resolved')).toMatchObject({ isEnd: undefined });
    expect(activity('ServiceHealth', 'Resolved')).toMatchObject({
      nativeAlertId: 'NVV4-NTC',
      isEnd: true,
    });
  });

  test('says that an alert is over', () => {
    expect(normalized(azureMonitor, fixtures['resolved'])).toMatchObject({
      isEnd: true,
      sourceStatus: 'Resolved',
      severity: 'Informational',
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { grafana } from './index.js';

const fixtures = readFixtures(import.meta.dirname);

describeSourceContract(grafana, fixtures);

describe('grafana', () => {
  test('reads an alert of a group by its own labels, not by the title of the group', () => {
    expect(normalized(grafana, fixtures['group'])).toMatchObject({
      title: 'Many failed logins',
      description: 'More than 100 failed logins on web-1',
      severity: 'Critical',
      occurredAt: new Date('2025-01-15T09:30:00Z'),
      nativeAlertId: '57c6d9296de2ad39 2025-01-15T09:30:00Z',
      sourceUrl: 'https://grafana.example.com/alerting/grafana/abc/view?orgId=1',
      hosts: ['web-1'],
    });
  });

  test('reads the alerting of before version 9, and its end', () => {
    const legacy = fixtures['legacy'] as Record<string, unknown>;
    expect(normalized(grafana, legacy)).toMatchObject({
      title: '[Alerting] Battery voltage',
      description: 'Battery voltage dropped below 23.7 V',
      severity: 'Medium',
      tags: ['site:north'],
      sourceRuleId: '58',
      sourceUrl: 'https://grafana.example.com/d/abc/power?tab=alert&panelId=2',
    });
    expect(normalized(grafana, { ...legacy, state: 'ok' })).toMatchObject({
      sourceStatus: 'ok',
      isEnd: true,
    });
  });
});

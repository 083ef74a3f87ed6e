import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { elastic } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(elastic, fixtures[name]);

describeSourceContract(elastic, fixtures);

describe('elastic', () => {
  test('reads a document of flat and nested keys', () => {
    const alert = read('flat-alert');
    expect(alert).toMatchObject({
      title: 'Unusual parent of a shell',
      severity: 'Critical',
      occurredAt: new Date('2025-06-01T10:00:00Z'),
      nativeAlertId: '1f00aa',
      sourceRuleId: 'rule-static-7',
      sourceUrl: 'https://kibana.example.com/app/security/alerts/redirect/1f00aa',
      tags: ['Endpoint', 'T1059.004', 'Execution'],
      mitreTactics: ['TA0002'],
      mitreTechniques: ['T1059.004'],
      hosts: ['web-1'],
      users: ['www-data'],
      fields: { src_ip: '10.1.2.3', dst_ip: '198.51.100.5', dst_hostname: 'c2.example.net' },
    });
    expect(statedBy(alert)).toEqual([
      'ip 10.1.2.3',
      'ip 198.51.100.5',
      'domain c2.example.net',
      'url http://c2.example.net/a.sh',
      'hash_sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'account www-data',
      'ip fe80::1',
    ]);
  });

  test('reads a search hit whose values are all lists', () => {
    const alert = read('nested-array-values');
    expect(alert).toMatchObject({
      title: 'Brute force',
      severity: 'Medium',
      nativeAlertId: 'f00d',
      mitreTactics: ['TA0006'],
      mitreTechniques: ['T1110', 'T1110.003'],
      fields: { src_ip: ['203.0.113.4', '203.0.113.5'], actor_email: 'alice@example.com' },
    });
    expect(alert.statedIndicators[1]?.pointer).toBe('/_source/source/ip/1');
  });

  test('makes one alert of each document in a batch', () => {
    const parts = partsOf(elastic, fixtures['connector-batch']);
    const alerts = parts.map((part) => normalized(elastic, part));
    expect(alerts.map(({ title, severity }) => [title, severity])).toEqual([
      ['One', 'Medium'],
      ['Two', 'Critical'],
    ]);
  });

  test('reads a plain ECS event and an old signal', () => {
    expect(read('ecs-event')).toMatchObject({
      title: 'ET SCAN',
      severity: 'Pending',
      sourceRuleId: '2010',
      fields: { dns_query: 'q.example.org' },
    });
    expect(read('signal-7')).toMatchObject({
      title: 'Old signal',
      severity: 'Low',
      occurredAt: new Date('2021-01-01T00:00:00Z'),
      fields: { file_hash_md5: '900150983cd24fb0d6963f7d28e17f72' },
    });
  });

  test('reads the severity that an action template writes beside the name of the rule', () => {
    expect(normalized(elastic, { rule_name: 'R', severity: 'critical' }).severity).toBe('Critical');
    expect(normalized(elastic, { rule_name: 'R', risk_score: 50 }).severity).toBe('High');
  });

  test('makes one alert of each document in a batch that an action template writes as text', () => {
    const alerts = [{ 'kibana.alert.rule.name': 'One' }, { 'kibana.alert.rule.name': 'Two' }];
    const parts = partsOf(elastic, { alerts: JSON.stringify(alerts) });
    expect(parts.map((part) => normalized(elastic, part).title)).toEqual(['One', 'Two']);
  });

  test.each([
    [
      'with brackets',
      '[{"_id":"a","kibana.alert.rule.name":"One"},{"_id":"b","kibana.alert.rule.name":"Two"}]',
    ],
    [
      'without',
      '{"_id":"a","kibana.alert.rule.name":"One"},{"_id":"b","kibana.alert.rule.name":"Two"}',
    ],
    [
      'with a comma at the end',
      '{"_id":"a","kibana.alert.rule.name":"One"},{"_id":"b","kibana.alert.rule.name":"Two"},',
    ],
  ])('takes a list apart that is text, %s', (_, text) => {
    for (const payload of [
      { 'context.alerts': text },
      { context: { alerts: text } },
      { alerts: text },
    ]) {
      const parts = partsOf(elastic, payload);
      expect(parts.map((part) => normalized(elastic, part).title)).toEqual(['One', 'Two']);
    }
  });

  test('reads what a template makes of the variables of an action', () => {
    expect(
      normalized(elastic, {
        rule: { id: 'r-1', name: 'Rule' },
        alert: { id: 'al-12345', actionGroup: 'default' },
        date: '2025-01-15T09:30:45Z',
        context: {
          reason: 'process event on ws-1',
          results_link: 'https://kibana.example.com/app/security',
          rule: { severity: 'high' },
        },
      }),
    ).toMatchObject({
      title: 'Rule',
      description: 'process event on ws-1',
      severity: 'High',
      sourceUrl: 'https://kibana.example.com/app/security',
      sourceRuleId: 'r-1',
    });
  });

  test('reads a body whose keys somebody chose', () => {
    expect(
      normalized(elastic, {
        ruleName: 'R',
        severity: 'High',
        alertId: 'a-123456',
        date: '2025-01-15T10:28:00Z',
        host: 'ws-1',
        user: 'dora',
      }),
    ).toMatchObject({ title: 'R', nativeAlertId: 'a-123456', hosts: ['ws-1'], users: ['dora'] });
  });
});

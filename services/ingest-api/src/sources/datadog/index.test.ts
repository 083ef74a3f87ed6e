import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { datadog } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(datadog, fixtures[name]);

describeSourceContract(datadog, fixtures);

describe('datadog', () => {
  test('reads a security signal through the template of the webhook', () => {
    expect(read('security-signal')).toMatchObject({
      title: 'Brute force attack on account dora',
      severity: 'High',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      nativeAlertId: 'AQAAAYVx1',
      sourceRuleId: 'abc-def-ghi',
      sourceRuleName: 'Brute force attack',
      hosts: ['web-1'],
      users: ['dora'],
      mitreTactics: ['TA0006'],
      mitreTechniques: ['T1110'],
    });
  });

  test('reads the body that a new webhook has', () => {
    expect(read('default-event')).toMatchObject({
      title: '[Triggered] CPU high on web-1',
      description: 'CPU was above 95 %',
      nativeAlertId: '7312345678901234567',
      severity: 'Pending',
    });
  });

  test('reads the end of an alert, and no variable that Datadog left as it was', () => {
    expect(read('recovered')).toMatchObject({
      sourceStatus: 'Recovered',
      isEnd: true,
      severity: 'High',
      nativeAlertId: '12345678901234567',
      sourceRuleId: '42',
      hosts: ['web-1'],
    });
  });

  test('reads signals of the API one by one', () => {
    expect(read('api-signals')).toMatchObject({
      title: 'Impossible travel',
      severity: 'Critical',
      nativeAlertId: 'AAAAAWgN8Xwg',
      hosts: ['web-1'],
      mitreTechniques: ['T1110'],
    });
  });
});

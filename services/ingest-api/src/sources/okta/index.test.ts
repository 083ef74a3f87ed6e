import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, statedBy, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { okta } from './index.js';

const fixtures = readFixtures(import.meta.dirname);

describeSourceContract(okta, fixtures);

describe('okta', () => {
  test('reads an event of the System Log', () => {
    const alert = normalized(okta, fixtures['system-log']);
    expect(alert).toMatchObject({
      title: 'User login to Okta',
      description: 'INVALID_CREDENTIALS',
      severity: 'Medium',
      occurredAt: new Date('2025-01-06T00:00:00.123Z'),
      nativeAlertId: 'dc9fd3c0-598c-11ef-8478-2b7584bf8d5a',
      sourceRuleId: 'user.session.start',
      tags: ['FAILURE', 'threat_suspected'],
    });
    expect(statedBy(alert)).toEqual([
      'account tess@example.com',
      'account uma@example.com',
      'ip 203.0.113.70',
      'ip 203.0.113.71',
    ]);
  });

  test('makes one alert of each event in a hook', () => {
    const parts = partsOf(okta, fixtures['event-hook']);
    expect(parts.map((part) => normalized(okta, part)).map((a) => [a.title, a.severity])).toEqual([
      ['Create okta user', 'Informational'],
      ['security.threat.detected', 'High'],
    ]);
  });

  test('reads an event in EventBridge', () => {
    expect(normalized(okta, fixtures['eventbridge'])).toMatchObject({
      title: 'policy.rule.update',
      severity: 'Informational',
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { github } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const read = (name: string) => normalized(github, fixtures[name]);

describeSourceContract(github, fixtures);

describe('github', () => {
  test('reads an alert of Dependabot', () => {
    expect(read('dependabot')).toMatchObject({
      title: 'left-pad pads to the right',
      severity: 'Critical',
      occurredAt: new Date('2025-01-15T10:00:00Z'),
      nativeAlertId: 'https://github.com/acme/shop/security/dependabot/20',
      sourceUrl: 'https://github.com/acme/shop/security/dependabot/20',
      sourceRuleId: 'GHSA-aaaa-bbbb-cccc',
      tags: ['repository:acme/shop', 'left-pad'],
      sourceStatus: 'created',
    });
    expect(read('dependabot').isEnd).toBeUndefined();
  });

  test('reads the end of an alert of code scanning', () => {
    expect(read('code-scanning')).toMatchObject({
      title: 'Database query built from user-controlled sources',
      description: 'This query depends on a user-provided value.',
      severity: 'High',
      sourceRuleId: 'js/sql-injection',
      sourceStatus: 'fixed',
      isEnd: true,
    });
  });

  test('reads an alert of secret scanning that has no link', () => {
    expect(read('secret-scanning')).toMatchObject({
      title: 'Secret in repository: adafruit_io_key',
      severity: 'Pending',
      nativeAlertId: 'acme/shop/secret_type/191',
    });
  });

  test('reads an advisory', () => {
    expect(read('advisory')).toMatchObject({
      title: 'Moderate severity vulnerability that affects left-pad',
      severity: 'Medium',
      occurredAt: new Date('2025-02-03T21:13:54Z'),
      nativeAlertId: 'GHSA-dddd-eeee-ffff',
    });
  });

  test('finds no alert in the ping of a new webhook', () => {
    expect(partsOf(github, { zen: 'Design for failure.', hook_id: 1, hook: {} })).toEqual([]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { generic } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const full = fixtures['full'];

describeSourceContract(generic, fixtures);

describe('generic', () => {
  test('fills every documented field', () => {
    expect(normalized(generic, full)).toMatchObject({
      title: 'Suspicious Process Execution',
      severity: 'High',
      severityOriginal: 'High',
      occurredAt: new Date('2025-01-15T10:28:00Z'),
      tags: ['endpoint', 'execution'],
      sourceRuleId: 'RULE-001',
      mitreTechniques: ['T1059.003'],
      fields: {
        src_ip: '10.0.0.42',
        actor_email: ['jsmith@company.com', 'second@company.com'],
      },
    });
  });

  test('keeps stated indicators as stated, the malformed hash included, and notes unknown types', () => {
    const { statedIndicators, notes } = normalized(generic, full);
    expect(statedIndicators).toEqual([
      expect.objectContaining({ type: 'ip', value: '10.0.0.42', pointer: '/indicators/0/value' }),
      expect.objectContaining({ type: 'hash_sha256', value: 'a1b2c3d4e5f6...' }),
      expect.objectContaining({ type: 'account', value: 'jsmith@company.com' }),
      expect.objectContaining({ type: 'hash_md5', value: '900150983cd24fb0d6963f7d28e17f72' }),
    ]);
    expect(notes).toEqual([
      '/indicators/4 has an unknown type and was left out.',
      '/indicators/5 is not an object and was left out.',
    ]);
  });

  test.each([[{}], [{ title: '  ' }], [{ title: 5 }], [{ title: { toString: 1 } }]])(
    'demands a title: %j',
    (payload) => {
      expect(generic.normalize(payload)).toMatchObject({
        kind: 'invalid',
        issues: [{ pointer: '/title' }],
      });
    },
  );

  test('falls to Pending for an unknown severity and keeps the original', () => {
    expect(normalized(generic, { title: 'x', severity: 'Spicy' })).toMatchObject({
      severity: 'Pending',
      severityOriginal: 'Spicy',
    });
  });
});

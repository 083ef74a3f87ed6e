import { describe, expect, test } from '@jest/globals';
import { MAX_RULE_NAME_CHARS, toDetectionRule } from './to-detection-rule.js';

const alert = {
  sourceName: 'generic',
  sourceRuleId: 'RULE-001',
  severity: 'High',
  mitreTactics: ['TA0002'],
  mitreTechniques: ['T1059'],
} as const;
const given = {
  ...alert,
  mitreTactics: [...alert.mitreTactics],
  mitreTechniques: [...alert.mitreTechniques],
};

describe('toDetectionRule', () => {
  test('takes what the payload says', () => {
    expect(toDetectionRule({ ...given, sourceRuleName: 'Office spawns shell' })).toEqual({
      sourceName: 'generic',
      sourceRuleId: 'RULE-001',
      name: 'Office spawns shell',
      severity: 'High',
      mitreTactics: ['TA0002'],
      mitreTechniques: ['T1059'],
    });
  });

  test('calls a nameless rule by its id, within bounds', () => {
    expect(toDetectionRule(given)?.name).toBe('RULE-001');
    expect(toDetectionRule({ ...given, sourceRuleName: 'x'.repeat(9_999) })?.name).toHaveLength(
      MAX_RULE_NAME_CHARS,
    );
  });

  test('knows no rule without an id', () => {
    const { sourceName, severity, mitreTactics, mitreTechniques } = given;
    const nameless = { sourceName, severity, mitreTactics, mitreTechniques };
    expect(toDetectionRule(nameless)).toBeUndefined();
    expect(toDetectionRule({ ...given, sourceRuleId: '' })).toBeUndefined();
  });
});

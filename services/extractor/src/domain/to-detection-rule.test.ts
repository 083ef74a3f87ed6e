import { describe, expect, test } from '@jest/globals';
import { MAX_RULE_NAME_CHARS, toDetectionRule } from './to-detection-rule.js';

const alert = {
  sourceName: 'generic',
  sourceRuleId: 'RULE-001',
  title: 'Suspicious Process Execution',
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

  test('names a nameless rule after the alert, within bounds', () => {
    expect(toDetectionRule(given)?.name).toBe('Suspicious Process Execution');
    expect(toDetectionRule({ ...given, title: 'x'.repeat(9_999) })?.name).toHaveLength(
      MAX_RULE_NAME_CHARS,
    );
  });

  test('knows no rule without an id', () => {
    const { sourceName, title, severity, mitreTactics, mitreTechniques } = given;
    const nameless = { sourceName, title, severity, mitreTactics, mitreTechniques };
    expect(toDetectionRule(nameless)).toBeUndefined();
    expect(toDetectionRule({ ...given, sourceRuleId: '' })).toBeUndefined();
  });
});

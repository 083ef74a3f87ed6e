import { type Severity } from '@calseta/common';

export const MAX_RULE_NAME_CHARS = 500;

type RuleSource = {
  sourceName: string;
  sourceRuleId?: string;
  sourceRuleName?: string;
  severity: Severity;
  mitreTactics: readonly string[];
  mitreTechniques: readonly string[];
};

type DetectionRuleFacts = Omit<RuleSource, 'sourceRuleId' | 'sourceRuleName'> & {
  sourceRuleId: string;
  name: string;
};

/**
 * The rule that the payload names; undefined when it names none. A rule without a name is called by its id: the title
 * of its first alert would be wrong for the next one.
 */
export function toDetectionRule(alert: RuleSource): DetectionRuleFacts | undefined {
  if (!alert.sourceRuleId) return undefined;
  return {
    sourceName: alert.sourceName,
    sourceRuleId: alert.sourceRuleId,
    name: (alert.sourceRuleName ?? alert.sourceRuleId).slice(0, MAX_RULE_NAME_CHARS),
    severity: alert.severity,
    mitreTactics: alert.mitreTactics,
    mitreTechniques: alert.mitreTechniques,
  };
}

import { readSigmaTags } from '@calseta/common';
import { describeRule } from './describe-rule.js';
import { severityOf, textOf, textsOf } from './rule-fields.js';
import { type RuleFormat } from './rule-format.js';

/** Sigma rules and correlations (Sigma specification 2.0, sigmahq.io). */
export const sigma: RuleFormat = {
  fits: (rule) => 'title' in rule && ('detection' in rule || 'correlation' in rule),
  read: (rule) => {
    const { tactics, techniques } = readSigmaTags(textsOf(rule, 'tags'));
    return {
      sourceRuleId: textOf(rule, 'id'),
      name: textOf(rule, 'title'),
      severity: severityOf(textOf(rule, 'level')),
      mitreTactics: tactics,
      mitreTechniques: techniques,
      documentation: describeRule({
        description: textOf(rule, 'description'),
        falsePositives: textsOf(rule, 'falsepositives'),
        references: textsOf(rule, 'references'),
      }),
    };
  },
};

import { readTactics, readTechniques, type Severity } from '@calseta/common';
import { describeRule } from './describe-rule.js';
import { type Fields, fieldsOf, listOf, severityOf, textOf, textsOf } from './rule-fields.js';
import { type RuleFormat } from './rule-format.js';

/** Splunk's detections as YAML (github.com/splunk/security_content). */
export const splunk: RuleFormat = {
  fits: (rule) => 'name' in rule && 'search' in rule,
  read: (rule) => {
    const tags = fieldsOf(rule, 'tags');
    return {
      sourceRuleId: textOf(rule, 'id'),
      name: textOf(rule, 'name'),
      severity: readSeverity(rule, tags),
      mitreTactics: readTactics(textsOf(tags, 'mitre_attack_tactics')),
      mitreTechniques: readTechniques(textsOf(tags, 'mitre_attack_id')),
      documentation: describeRule({
        description: textOf(rule, 'description'),
        falsePositives: textsOf(rule, 'known_false_positives'),
        references: textsOf(rule, 'references'),
      }),
    };
  },
};

/** Lowest risk score of each severity, as contentctl, the tool that builds Splunk's content, derives it. */
const LOWEST_SCORES: readonly [number, Severity][] = [
  [81, 'Critical'],
  [61, 'High'],
  [41, 'Medium'],
  [21, 'Low'],
  [0, 'Informational'],
];

function readSeverity(rule: Fields, tags: Fields): Severity {
  const word = severityOf(textOf(rule, 'severity') || textOf(tags, 'severity'));
  if (word !== 'Pending') return word;
  const objects = listOf(fieldsOf(rule, 'rba'), 'risk_objects');
  const scores = [tags['risk_score'], ...objects.map(({ score }) => score)].filter(
    (score) => typeof score === 'number',
  );
  if (scores.length === 0) return 'Pending';
  const highest = Math.max(...scores);
  return LOWEST_SCORES.find(([lowest]) => highest >= lowest)?.[1] ?? 'Pending';
}

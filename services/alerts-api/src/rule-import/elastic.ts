import { readTactics, readTechniques } from '@calseta/common';
import { describeRule } from './describe-rule.js';
import { type Fields, fieldsOf, listOf, severityOf, textOf, textsOf } from './rule-fields.js';
import { type RuleFormat } from './rule-format.js';

/** Elastic's rules: TOML with a `rule` table (github.com/elastic/detection-rules), and Kibana's export as NDJSON. */
export const elastic: RuleFormat = {
  fits: (file) => 'rule_id' in ruleOf(file) && 'name' in ruleOf(file),
  read: (file) => {
    const rule = ruleOf(file);
    const threats = listOf(rule, 'threat');
    return {
      sourceRuleId: textOf(rule, 'rule_id'),
      name: textOf(rule, 'name'),
      severity: severityOf(textOf(rule, 'severity')),
      mitreTactics: readTactics(threats.map((threat) => textOf(fieldsOf(threat, 'tactic'), 'id'))),
      mitreTechniques: readTechniques(threats.flatMap(techniqueIds)),
      documentation: describeRule({
        description: textOf(rule, 'description'),
        falsePositives: textsOf(rule, 'false_positives'),
        triage: textOf(rule, 'note'),
        references: textsOf(rule, 'references'),
      }),
    };
  },
};

const ruleOf = (file: Fields): Fields => ('rule' in file ? fieldsOf(file, 'rule') : file);

const techniqueIds = (threat: Fields): string[] =>
  listOf(threat, 'technique').flatMap((technique) => [
    textOf(technique, 'id'),
    ...listOf(technique, 'subtechnique').map((part) => textOf(part, 'id')),
  ]);

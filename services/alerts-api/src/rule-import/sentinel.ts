import { readTactics, readTechniques } from '@calseta/common';
import { describeRule } from './describe-rule.js';
import { type Fields, fieldsOf, severityOf, textOf, textsOf } from './rule-fields.js';
import { type RuleFormat } from './rule-format.js';

/** Microsoft Sentinel's analytics rules: YAML (github.com/Azure/Azure-Sentinel), and the portal's export as JSON. */
export const sentinel: RuleFormat = {
  fits: (rule) => isTemplate(rule) || isResource(rule),
  read: (rule) => {
    const fields = isResource(rule) ? fieldsOf(rule, 'properties') : rule;
    return {
      sourceRuleId: isResource(rule) ? idOfResource(rule) : textOf(rule, 'id'),
      name: textOf(fields, 'displayName') || textOf(fields, 'name'),
      severity: severityOf(textOf(fields, 'severity')),
      mitreTactics: readTactics(textsOf(fields, 'tactics')),
      mitreTechniques: readTechniques([
        ...textsOf(fields, 'relevantTechniques'),
        ...textsOf(fields, 'techniques'),
        ...textsOf(fields, 'subTechniques'),
      ]),
      documentation: describeRule({ description: unquoted(textOf(fields, 'description')) }),
    };
  },
};

const isTemplate = (rule: Fields): boolean =>
  'name' in rule && 'query' in rule && ('tactics' in rule || 'kind' in rule);

/** An alert rule as a resource of Azure, of the template that the portal exports. */
const isResource = (rule: Fields): boolean =>
  textOf(rule, 'type').toLowerCase().endsWith('/alertrules') && 'properties' in rule;

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;

/** The name is an expression such as `[concat(parameters('workspace'),'/Microsoft.SecurityInsights/<id>')]`. */
const idOfResource = (rule: Fields): string =>
  UUID.exec(textOf(rule, 'name'))?.[0] ?? UUID.exec(textOf(rule, 'id'))?.[0] ?? '';

/** Many templates of Microsoft write the whole description between single quotes inside a block. */
const unquoted = (text: string): string =>
  /^'(?<inner>[^]*)'$/.exec(text)?.groups?.['inner']?.trim() ?? text;

import { mapTexts, type Rule } from '@calseta/common';
import { MissingValueError, parseTemplate, renderText, type TemplateScope } from './template.js';

/** Problems of the placeholders in a rule's texts. */
export function problemsOfRule(rule: Rule, roots: readonly string[]): string[] {
  const problems: string[] = [];
  mapTexts(rule, (text) => {
    const parsed = isTemplate(text) ? parseTemplate(text, roots) : undefined;
    if (parsed && !parsed.ok) problems.push(parsed.problem);
    return text;
  });
  return problems;
}

/** Fills in a rule's placeholders; one without a value equals nothing. A rule without any is returned as it is. */
export const renderRule = (rule: Rule, scope: TemplateScope): Rule =>
  hasTemplates(rule)
    ? mapTexts(rule, (text) => (isTemplate(text) ? render(text, scope) : text))
    : rule;

/** Rules stand as long as their provider's configuration, so that each is compiled once. */
const rulesWithTemplates = new WeakMap<Rule, boolean>();

function hasTemplates(rule: Rule): boolean {
  const known = rulesWithTemplates.get(rule);
  if (known !== undefined) return known;
  let found = false;
  mapTexts(rule, (text) => {
    found ||= isTemplate(text);
    return text;
  });
  rulesWithTemplates.set(rule, found);
  return found;
}

const isTemplate = (text: string): boolean => text.includes('{{');

function render(text: string, scope: TemplateScope): string {
  const parsed = parseTemplate(text, Object.keys(scope));
  if (!parsed.ok) return text;
  try {
    return renderText(parsed.template, scope);
  } catch (error) {
    if (error instanceof MissingValueError) return text;
    throw error;
  }
}

import { mapTexts, type Rule } from '@calseta/common';
import { MissingValueError, parseTemplate, renderText, type Scope } from './template.js';

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

/** Fills in a rule's placeholders; one without a value equals nothing. */
export const renderRule = (rule: Rule, scope: Scope): Rule =>
  mapTexts(rule, (text) => (isTemplate(text) ? render(text, scope) : text));

const isTemplate = (text: string): boolean => text.includes('{{');

function render(text: string, scope: Scope): string {
  const parsed = parseTemplate(text, Object.keys(scope));
  if (!parsed.ok) return text;
  try {
    return renderText(parsed.template, scope);
  } catch (error) {
    if (error instanceof MissingValueError) return text;
    throw error;
  }
}

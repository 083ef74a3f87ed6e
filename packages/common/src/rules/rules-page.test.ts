import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { MAX_VISITS_PER_ALERT } from '../paths/visit-budget.js';
import { ALERT_RULE_FIELDS, alertRuleSchema } from './alert-rule.js';
import { MAX_PATTERN_CHARACTERS_PER_ALERT } from './ask-alert.js';
import { MAX_SEARCHED_CHARACTERS } from './match-rule.js';
import { MAX_PATTERN_INSTRUCTIONS } from './pattern.js';
import { MAX_RULE_CONDITIONS, MAX_RULE_DEPTH, OPERATORS } from './rule.js';

const PAGE = readFileSync(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');

const blocks = (kind: string): unknown[] =>
  PAGE.split(`\`\`\`json ${kind}\n`)
    .slice(1)
    .map((rest) => JSON.parse(rest.split('```')[0] ?? '') as unknown);

test('each rule in docs/rules.md is one', () => {
  expect(blocks('rule').length).toBeGreaterThan(2);
  for (const rule of blocks('rule')) expect(alertRuleSchema.parse(rule)).toEqual(rule);
});

test('the mistake in docs/rules.md is answered as it says', () => {
  const problemSchema = z.object({ rule: z.unknown(), pointer: z.string(), message: z.string() });
  const problems = blocks('problem').map((problem) => problemSchema.parse(problem));
  expect(problems).toHaveLength(1);
  for (const { rule, pointer, message } of problems) {
    const issues = alertRuleSchema.safeParse(rule).error?.issues;
    expect(issues?.map(({ path, message: said }) => [`/${path.join('/')}`, said])).toEqual([
      [pointer, message],
    ]);
  }
});

test('docs/rules.md names every field, operator and limit', () => {
  const fields = ALERT_RULE_FIELDS.filter((field) => !/^indicators\.\w+\.|^normalized/.test(field));
  const limits = [
    MAX_RULE_CONDITIONS,
    MAX_RULE_DEPTH,
    MAX_PATTERN_INSTRUCTIONS,
    MAX_SEARCHED_CHARACTERS,
    MAX_PATTERN_CHARACTERS_PER_ALERT,
    MAX_VISITS_PER_ALERT,
  ].map((limit) => limit.toLocaleString('en'));
  for (const word of [...fields, ...OPERATORS]) expect(PAGE).toContain(`\`${word}\``);
  for (const limit of limits) expect(PAGE).toMatch(new RegExp(`\\| +${limit} +\\|`));
});

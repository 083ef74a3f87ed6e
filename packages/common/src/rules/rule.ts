import { z } from 'zod';
import { compileNetwork } from './network.js';
import { problemOfPattern } from './pattern.js';

/** Conditions of one rule, those of nested groups included. */
export const MAX_RULE_CONDITIONS = 50;
/** Groups inside each other. */
export const MAX_RULE_DEPTH = 5;
const MAX_FIELD_CHARACTERS = 300;
const MAX_VALUE_CHARACTERS = 500;
const MAX_VALUES = 100;

const scalar = z.union([z.string().max(MAX_VALUE_CHARACTERS), z.number(), z.boolean()], {
  error: `a text of at most ${MAX_VALUE_CHARACTERS} characters, a number, true or false`,
});
const field = z.string().min(1).max(MAX_FIELD_CHARACTERS);
const caseSensitive = z
  .boolean()
  .optional()
  .describe('true: letter case counts; by default `A` equals `a`');

const pattern = z
  .string()
  .min(1)
  .max(MAX_VALUE_CHARACTERS)
  .superRefine((text, context) => {
    const problem = problemOfPattern(text);
    if (problem !== undefined) context.addIssue(problem);
  })
  .describe('RE2: no look-around and no back-references; found anywhere in the text');

const network = z
  .string()
  .max(MAX_VALUE_CHARACTERS)
  .refine(
    (text) => compileNetwork(text) !== undefined,
    'a network such as 10.0.0.0/8 or 2001:db8::/32',
  );

/** Operators of conditions. */
export const OPERATORS = [
  'eq',
  'ne',
  'contains',
  'starts_with',
  'in',
  'gt',
  'gte',
  'lt',
  'lte',
  'regex',
  'cidr',
  'exists',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One question about one field. */
export const conditionSchema = z.discriminatedUnion(
  'op',
  [
    z.strictObject({
      field,
      op: z.enum(['eq', 'ne', 'contains', 'starts_with']),
      value: scalar,
      case_sensitive: caseSensitive,
    }),
    z.strictObject({
      field,
      op: z.literal('in'),
      value: z.array(scalar).min(1).max(MAX_VALUES),
      case_sensitive: caseSensitive,
    }),
    z.strictObject({
      field,
      op: z.enum(['gt', 'gte', 'lt', 'lte']),
      value: z.union([z.number(), z.string().min(1).max(MAX_VALUE_CHARACTERS)], {
        error: `a number, or a text of at most ${MAX_VALUE_CHARACTERS} characters`,
      }),
    }),
    z.strictObject({
      field,
      op: z.literal('regex'),
      value: pattern,
      case_sensitive: caseSensitive,
    }),
    z.strictObject({
      field,
      op: z.literal('cidr'),
      value: z.union([network, z.array(network).min(1).max(MAX_VALUES)], {
        error: 'a network such as 10.0.0.0/8 or 2001:db8::/32, or a list of them',
      }),
    }),
    z.strictObject({ field, op: z.literal('exists'), value: z.boolean() }),
  ],
  { error: `one of ${OPERATORS.join(', ')}` },
);
export type Condition = z.infer<typeof conditionSchema>;

/** `all` hold, at least one of `any`, and `none` of these; groups nest. */
export type Rule = {
  all?: (Condition | Rule)[] | undefined;
  any?: (Condition | Rule)[] | undefined;
  none?: (Condition | Rule)[] | undefined;
};

const groupSchema: z.ZodType<Rule> = z.lazy(() => {
  const clauses = z
    .array(z.xor([conditionSchema, groupSchema]))
    .max(MAX_RULE_CONDITIONS)
    .optional();
  return z.strictObject({ all: clauses, any: clauses, none: clauses });
});
// Not by `.meta()`: that names a copy, and the schema refers to itself.
z.globalRegistry.add(groupSchema, { id: 'RuleGroup' });

export const ruleSchema = groupSchema.superRefine((rule, context) => {
  const { conditions, depth } = measure(rule);
  if (conditions === 0 || hasEmptyGroup(rule))
    context.addIssue('at least one condition is needed, in each group');
  if (conditions > MAX_RULE_CONDITIONS)
    context.addIssue(`at most ${MAX_RULE_CONDITIONS} conditions, nested ones included`);
  if (depth > MAX_RULE_DEPTH) context.addIssue(`at most ${MAX_RULE_DEPTH} groups in each other`);
});

/** The fields that a rule asks about, each once. */
export const fieldsOf = (rule: Rule): string[] => [
  ...new Set(
    clausesOf(rule).flatMap((clause) => (isCondition(clause) ? clause.field : fieldsOf(clause))),
  ),
];

/** The rule with each text of its values replaced; patterns and networks stay as they are. */
export function mapTexts(rule: Rule, replace: (text: string) => string): Rule {
  const mapped = (clause: Condition | Rule): Condition | Rule =>
    isCondition(clause) ? mapCondition(clause, replace) : mapTexts(clause, replace);
  const { all, any, none } = rule;
  return {
    ...(all && { all: all.map(mapped) }),
    ...(any && { any: any.map(mapped) }),
    ...(none && { none: none.map(mapped) }),
  };
}

function mapCondition(condition: Condition, replace: (text: string) => string): Condition {
  const text = <T>(value: T): T | string => (typeof value === 'string' ? replace(value) : value);
  switch (condition.op) {
    case 'in':
      return { ...condition, value: condition.value.map(text) };
    // A pattern or a network is code, which no text of an answer may write.
    case 'regex':
    case 'cidr':
    case 'exists':
      return condition;
    default:
      return { ...condition, value: text(condition.value) } as Condition;
  }
}

export const isCondition = (clause: Condition | Rule): clause is Condition => 'op' in clause;

const clausesOf = ({ all = [], any = [], none = [] }: Rule): (Condition | Rule)[] => [
  ...all,
  ...any,
  ...none,
];

const hasEmptyGroup = (rule: Rule): boolean =>
  clausesOf(rule).some(
    (clause) => !isCondition(clause) && (clausesOf(clause).length === 0 || hasEmptyGroup(clause)),
  );

function measure(rule: Rule): { conditions: number; depth: number } {
  const inner = clausesOf(rule).map((clause) =>
    isCondition(clause) ? { conditions: 1, depth: 0 } : measure(clause),
  );
  return {
    conditions: inner.reduce((sum, { conditions }) => sum + conditions, 0),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

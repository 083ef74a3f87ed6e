import { z } from 'zod';

/** Conditions of one rule, those of nested groups included. */
export const MAX_RULE_CONDITIONS = 50;
/** Groups inside each other. */
export const MAX_RULE_DEPTH = 5;
const MAX_FIELD_CHARACTERS = 300;
const MAX_VALUE_CHARACTERS = 500;
const MAX_VALUES = 100;

const scalar = z.union([z.string().max(MAX_VALUE_CHARACTERS), z.number(), z.boolean()]);
const field = z.string().min(1).max(MAX_FIELD_CHARACTERS);

/** One question about one field. */
export const conditionSchema = z.discriminatedUnion('op', [
  z.strictObject({ field, op: z.enum(['eq', 'ne', 'contains', 'starts_with']), value: scalar }),
  z.strictObject({ field, op: z.literal('in'), value: z.array(scalar).min(1).max(MAX_VALUES) }),
  z.strictObject({
    field,
    op: z.enum(['gt', 'gte', 'lt', 'lte']),
    value: z.union([z.number(), z.string().min(1).max(MAX_VALUE_CHARACTERS)]),
  }),
  z.strictObject({ field, op: z.literal('exists'), value: z.boolean() }),
]);
export type Condition = z.infer<typeof conditionSchema>;

/** `all` hold, at least one of `any`, and `none` of these; groups nest. */
export type Rule = {
  all?: (Condition | Rule)[] | undefined;
  any?: (Condition | Rule)[] | undefined;
  none?: (Condition | Rule)[] | undefined;
};

const groupSchema: z.ZodType<Rule> = z.lazy(() => {
  const clauses = z
    .array(z.union([conditionSchema, groupSchema]))
    .min(1)
    .max(MAX_RULE_CONDITIONS)
    .optional();
  return z.strictObject({ all: clauses, any: clauses, none: clauses });
});

export const ruleSchema = groupSchema.superRefine((rule, context) => {
  const { conditions, depth } = measure(rule);
  if (conditions === 0) context.addIssue('at least one condition is needed');
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

/** The rule with each text of its values replaced. */
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
  return condition.op === 'in'
    ? { ...condition, value: condition.value.map(text) }
    : condition.op === 'exists'
      ? condition
      : ({ ...condition, value: text(condition.value) } as Condition);
}

/** Reads a field: a scalar, a list of them, or undefined for what is not there. */
export type ReadField = (field: string) => unknown;

/**
 * Decides a rule. Text compares without regard to letter case, and a number in a string is a number. `contains`
 * asks a list for an equal entry and a text for a part of it; every other question holds of a list when it holds of
 * one entry, but `ne` only when no entry is equal. What is not there is equal to nothing.
 */
export function matchRule(rule: Rule, read: ReadField): boolean {
  const holds = (clause: Condition | Rule): boolean =>
    isCondition(clause) ? matchCondition(clause, read(clause.field)) : matchRule(clause, read);
  const { all = [], any = [], none = [] } = rule;
  return all.every(holds) && (any.length === 0 || any.some(holds)) && !none.some(holds);
}

function matchCondition({ op, value }: Condition, actual: unknown): boolean {
  const entries: readonly unknown[] = Array.isArray(actual) ? actual : [actual];
  switch (op) {
    case 'exists':
      return entries.some((entry) => entry !== undefined && entry !== null) === value;
    case 'eq':
      return entries.some((entry) => isEqual(entry, value));
    case 'ne':
      return !entries.some((entry) => isEqual(entry, value));
    case 'in':
      return entries.some((entry) => value.some((one) => isEqual(entry, one)));
    case 'contains':
      return Array.isArray(actual)
        ? entries.some((entry) => isEqual(entry, value))
        : typeof actual === 'string' && foldCase(actual).includes(foldCase(value));
    case 'starts_with':
      return entries.some(
        (entry) => typeof entry === 'string' && foldCase(entry).startsWith(foldCase(value)),
      );
    default:
      return entries.some((entry) => isOrdered(op, entry, value));
  }
}

function isEqual(actual: unknown, wanted: unknown): boolean {
  if (actual === undefined || actual === null) return false;
  if (typeof actual === 'object') return false;
  return foldCase(actual) === foldCase(wanted);
}

function isOrdered(
  op: 'gt' | 'gte' | 'lt' | 'lte',
  actual: unknown,
  wanted: string | number,
): boolean {
  const order = compare(actual, wanted);
  if (order === undefined) return false;
  switch (op) {
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
  }
}

/** Numbers by value, texts by code point, such as times in ISO 8601; undefined for what has no order. */
function compare(actual: unknown, wanted: string | number): number | undefined {
  if (typeof actual !== 'string' && typeof actual !== 'number') return undefined;
  const [a, b] = [toNumber(actual), toNumber(wanted)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof actual === 'number' || typeof wanted === 'number') return undefined;
  return actual < wanted ? -1 : actual > wanted ? 1 : 0;
}

const NUMBER = /^-?\d{1,17}(?:\.\d{1,17})?$/;

/** The number that a value is or spells. */
export const toNumber = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && NUMBER.test(value.trim())
      ? Number(value)
      : undefined;

const foldCase = (value: unknown): string => String(value).toLowerCase();

const isCondition = (clause: Condition | Rule): clause is Condition => 'op' in clause;

const clausesOf = ({ all = [], any = [], none = [] }: Rule): (Condition | Rule)[] => [
  ...all,
  ...any,
  ...none,
];

function measure(rule: Rule): { conditions: number; depth: number } {
  const inner = clausesOf(rule).map((clause) =>
    isCondition(clause) ? { conditions: 1, depth: 0 } : measure(clause),
  );
  return {
    conditions: inner.reduce((sum, { conditions }) => sum + conditions, 0),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

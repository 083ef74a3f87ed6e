import { z } from 'zod';
import { compareSeverity, severitySchema } from '../alert/severity.js';
import { type AlertFacts } from './alert-facts.js';

const MAX_CONDITIONS = 50;
const text = z.string().min(1).max(500);
const texts = z.array(text).min(1).max(100);

/** A condition on one field. The kind of the field decides which operators are allowed. */
const conditionSchema = z.union([
  z.strictObject({
    field: z.enum(['source_name', 'title']),
    op: z.enum(['eq', 'ne', 'contains']),
    value: text,
  }),
  z.strictObject({ field: z.literal('source_name'), op: z.literal('in'), value: texts }),
  z.strictObject({
    field: z.literal('severity'),
    op: z.enum(['eq', 'ne', 'gte', 'lte']),
    value: severitySchema,
  }),
  z.strictObject({
    field: z.literal('severity'),
    op: z.literal('in'),
    value: z.array(severitySchema).min(1),
  }),
  z.strictObject({ field: z.literal('tags'), op: z.literal('contains'), value: text }),
  z.strictObject({ field: z.literal('tags'), op: z.literal('in'), value: texts }),
  z.strictObject({ field: z.enum(['hosts', 'users']), op: z.literal('contains'), value: text }),
  z.strictObject({ field: z.enum(['hosts', 'users']), op: z.literal('in'), value: texts }),
]);

const conditionsSchema = z.array(conditionSchema).max(MAX_CONDITIONS);

/** Conditions for the alerts of a context document: all of `all`, at least one of `any`, none of `none`. */
export const targetingRulesSchema = z
  .strictObject({
    all: conditionsSchema.optional(),
    any: conditionsSchema.optional(),
    none: conditionsSchema.optional(),
  })
  .refine((rules) => Object.values(rules).some((conditions) => (conditions?.length ?? 0) > 0), {
    message: 'at least one condition is needed',
  })
  .meta({ id: 'TargetingRules' });

export type TargetingRules = z.infer<typeof targetingRulesSchema>;
type Condition = z.infer<typeof conditionSchema>;

/** Decides whether targeting rules select an alert. */
export function matchTargetingRules(rules: TargetingRules, alert: AlertFacts): boolean {
  const holds = (condition: Condition) => matchCondition(condition, alert);
  const { all = [], any = [], none = [] } = rules;
  return all.every(holds) && (any.length === 0 || any.some(holds)) && !none.some(holds);
}

function matchCondition(condition: Condition, alert: AlertFacts): boolean {
  switch (condition.field) {
    case 'severity':
      return matchSeverity(condition, alert);
    case 'tags':
      return [condition.value].flat().some((tag) => alert.tags.includes(tag));
    case 'hosts':
    case 'users':
      return namesOne(alert[condition.field], [condition.value].flat());
    default: {
      const actual = condition.field === 'title' ? alert.title : alert.sourceName;
      return matchText(condition.op, actual, condition.value);
    }
  }
}

/** Whether a list contains one of the names, in any letter case. */
function namesOne(names: readonly string[], wanted: readonly string[]): boolean {
  const folded = new Set(wanted.map((name) => name.toLowerCase()));
  return names.some((name) => folded.has(name.toLowerCase()));
}

function matchSeverity(
  condition: Extract<Condition, { field: 'severity' }>,
  { severity }: AlertFacts,
): boolean {
  switch (condition.op) {
    case 'in':
      return condition.value.includes(severity);
    case 'gte':
      return compareSeverity(severity, condition.value) >= 0;
    case 'lte':
      return compareSeverity(severity, condition.value) <= 0;
    case 'eq':
      return severity === condition.value;
    case 'ne':
      return severity !== condition.value;
  }
}

function matchText(op: 'eq' | 'ne' | 'in' | 'contains', actual: string, value: string | string[]) {
  switch (op) {
    case 'eq':
      return actual === value;
    case 'ne':
      return actual !== value;
    case 'in':
      return value.includes(actual);
    case 'contains':
      return actual.toLowerCase().includes(String(value).toLowerCase());
  }
}

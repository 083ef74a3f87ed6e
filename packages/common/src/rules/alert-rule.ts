import { INDICATOR_TYPES } from '../alert/indicator-type.js';
import { MALICES } from '../alert/malice.js';
import { NORMALIZED_FIELDS } from '../alert/normalized-alert.js';
import { SEVERITIES } from '../alert/severity.js';
import { ALERT_STATUSES } from '../alert/status.js';
import { MAX_PATH_STEPS } from '../paths/compile-paths.js';
import { compileRule, type CompiledRule } from './match-rule.js';
import { type Condition, isCondition, type Operator, type Rule, ruleSchema } from './rule.js';

/** Before the path of a value in the raw payload: `raw_payload.event.hosts[*].ip`. */
export const RAW_PAYLOAD_PREFIX = 'raw_payload.';

/** What a field of an alert holds; it decides which operators and values make sense. */
type FieldKind =
  | { kind: 'text' }
  /** Words of a fixed list; `ladder`: they have an order. */
  | { kind: 'words'; words: readonly string[]; isLadder: boolean }
  /** Anything that a payload may hold. */
  | { kind: 'any' };

const TEXT = { kind: 'text' } as const;
const ladder = (words: readonly string[]) => ({ kind: 'words', words, isLadder: true }) as const;
const words = (listed: readonly string[]) =>
  ({ kind: 'words', words: listed, isLadder: false }) as const;

/** The fields of an alert that rules can name, besides `raw_payload.<path>`. */
const FIELDS: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['source_name', TEXT],
  ['title', TEXT],
  ['description', TEXT],
  ['severity', ladder(SEVERITIES)],
  ['status', words(ALERT_STATUSES)],
  ['malice', ladder(MALICES)],
  ['tags', TEXT],
  ['hosts', TEXT],
  ['users', TEXT],
  ['native_alert_id', TEXT],
  ['source_rule_id', TEXT],
  ['detection_rule.name', TEXT],
  ['mitre_tactics', TEXT],
  ['mitre_techniques', TEXT],
  ['indicators.type', words(INDICATOR_TYPES)],
  ['indicators.value', TEXT],
  ['indicators.malice', ladder(MALICES)],
  ...INDICATOR_TYPES.flatMap((type): [string, FieldKind][] => [
    [`indicators.${type}.value`, TEXT],
    [`indicators.${type}.malice`, ladder(MALICES)],
  ]),
  ...NORMALIZED_FIELDS.map((name): [string, FieldKind] => [
    `normalized_fields.${name}`,
    { kind: 'any' },
  ]),
]);

export const ALERT_RULE_FIELDS = [...FIELDS.keys()];

const kindOf = (field: string): FieldKind | undefined => {
  if (!field.startsWith(RAW_PAYLOAD_PREFIX)) return FIELDS.get(field);
  const steps = field
    .slice(RAW_PAYLOAD_PREFIX.length)
    .split(/[.[\]]+/)
    .filter(Boolean);
  return steps.length > 0 && steps.length <= MAX_PATH_STEPS ? { kind: 'any' } : undefined;
};

const ORDERS: readonly Operator[] = ['gt', 'gte', 'lt', 'lte'];
const OF_TEXT: readonly Operator[] = [
  ...['eq', 'ne', 'in', 'contains', 'starts_with', 'regex', 'cidr', 'exists'],
] as Operator[];
const OF_WORDS: readonly Operator[] = ['eq', 'ne', 'in', 'contains', 'exists'];

const operatorsOf = (kind: FieldKind): readonly Operator[] => {
  switch (kind.kind) {
    case 'text':
      return OF_TEXT;
    case 'words':
      return kind.isLadder ? [...OF_WORDS, ...ORDERS] : OF_WORDS;
    case 'any':
      return [...OF_TEXT, ...ORDERS];
  }
};

/** A rule over the whole context of an alert: for context documents, agents and mutes. */
export const alertRuleSchema = ruleSchema
  .superRefine((rule, context) => {
    for (const { condition, path } of conditionsOf(rule)) {
      const problem = problemOf(condition);
      if (problem)
        context.addIssue({
          code: 'custom',
          path: [...path, problem.part],
          message: problem.message,
        });
    }
  })
  .meta({
    id: 'AlertRule',
    description: 'Conditions over the fields of an alert: docs/rules.md lists fields and operators',
  });
export type AlertRule = Rule;

/** Makes a rule ready to be asked about alerts. */
export const compileAlertRule = (rule: AlertRule): CompiledRule =>
  compileRule(rule, {
    ladderOf: (field) => {
      const kind = kindOf(field);
      return kind?.kind === 'words' && kind.isLadder ? kind.words : undefined;
    },
  });

type Located = { condition: Condition; path: (string | number)[] };

/** The conditions of a rule, nested ones included, each with its path. */
export function conditionsOf(rule: Rule, path: (string | number)[] = []): Located[] {
  return (['all', 'any', 'none'] as const).flatMap((kind) =>
    (rule[kind] ?? []).flatMap((clause, index) => {
      const at = [...path, kind, index];
      return isCondition(clause) ? [{ condition: clause, path: at }] : conditionsOf(clause, at);
    }),
  );
}

function problemOf({
  field,
  op,
  value,
}: Condition): { part: 'field' | 'op' | 'value'; message: string } | undefined {
  const kind = kindOf(field);
  if (!kind)
    return {
      part: 'field',
      message: `\`${field}\` is not a field of alerts; use ${TOP_FIELDS}`,
    };
  const operators = operatorsOf(kind);
  if (!operators.includes(op))
    return {
      part: 'op',
      message: `\`${op}\` is not an operator of \`${field}\`; use ${operators.join(', ')}`,
    };
  if (kind.kind !== 'words' || op === 'exists') return undefined;
  const known = new Set(kind.words.map((word) => word.toLowerCase()));
  const unknown = [value].flat().find((word) => !known.has(String(word).toLowerCase()));
  return unknown === undefined
    ? undefined
    : {
        part: 'value',
        message: `\`${field}\` is never \`${String(unknown).slice(0, 100)}\`; use ${kind.words.join(', ')}`,
      };
}

const TOP_FIELDS = [
  ...ALERT_RULE_FIELDS.filter((field) => !/^(?:normalized_fields|indicators\.\w+)\./.test(field)),
  'indicators.<type>.value',
  'indicators.<type>.malice',
  'normalized_fields.<name>',
  'raw_payload.<path>',
].join(', ');

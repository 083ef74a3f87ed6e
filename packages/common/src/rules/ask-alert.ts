import { compilePaths, type CompiledPaths } from '../paths/compile-paths.js';
import { createVisitBudget, type VisitBudget } from '../paths/visit-budget.js';
import { readPaths } from '../paths/walk-paths.js';
import { withExactNumbers } from '../text/exact-numbers.js';
import { type AlertFacts } from './alert-facts.js';
import { RAW_PAYLOAD_PREFIX } from './alert-rule.js';
import { type CompiledRule, type RuleSubject } from './match-rule.js';

/** Characters that all patterns together search in one alert; about 50 ms. */
export const MAX_PATTERN_CHARACTERS_PER_ALERT = 2_000_000;

/** An alert that rules are asked about. */
export type AskedAlert = RuleSubject & {
  /** Whether a limit left a part of the payload or of a text unread, so that rules may miss it. */
  isCut(): boolean;
};

/**
 * Makes an alert ready for a set of rules. The paths of all of them are read in one walk over the raw payload, within
 * `budget`, and their patterns share one bound on characters, so that a hostile alert cannot multiply the work.
 */
export function askAlert(
  facts: AlertFacts,
  rules: readonly Pick<CompiledRule, 'fields'>[],
  budget: VisitBudget = createVisitBudget(),
): AskedAlert {
  let characters = MAX_PATTERN_CHARACTERS_PER_ALERT;
  let rawValues: Map<string, unknown> | undefined;
  return {
    read(field) {
      if (!field.startsWith(RAW_PAYLOAD_PREFIX)) return readField(facts, field);
      rawValues ??= readRawPayload(facts.rawPayloadJson, rules, budget);
      return rawValues.get(field);
    },
    searchable(text) {
      const part = text.slice(0, Math.max(0, characters));
      characters -= text.length;
      return part;
    },
    isCut: () => budget.isCut || characters < 0,
  };
}

/** How each field is read that has a name of its own. */
const READERS: Readonly<Record<string, (facts: AlertFacts) => unknown>> = {
  source_name: ({ alert }) => alert.sourceName,
  title: ({ alert }) => alert.title,
  description: ({ alert }) => alert.description,
  severity: ({ alert }) => alert.severity,
  status: ({ alert }) => alert.status,
  malice: ({ alert }) => alert.malice,
  tags: ({ alert }) => alert.tags,
  hosts: ({ alert }) => alert.hosts,
  users: ({ alert }) => alert.users,
  native_alert_id: ({ alert }) => alert.nativeAlertId,
  source_rule_id: ({ alert }) => alert.sourceRuleId,
  'detection_rule.name': ({ detectionRule }) => detectionRule?.name,
  mitre_tactics: ({ alert, detectionRule }) => [
    ...alert.mitreTactics,
    ...(detectionRule?.mitreTactics ?? []),
  ],
  mitre_techniques: ({ alert, detectionRule }) => [
    ...alert.mitreTechniques,
    ...(detectionRule?.mitreTechniques ?? []),
  ],
};

const readField = (facts: AlertFacts, field: string): unknown =>
  Object.hasOwn(READERS, field) ? READERS[field]?.(facts) : readNested(facts, field);

/** `normalized_fields.<name>`, `indicators.<part>` or `indicators.<type>.<part>`. */
function readNested({ alert, indicators }: AlertFacts, field: string): unknown {
  const fields = alert.normalizedFields;
  const [root, first = '', second] = field.split('.');
  if (root === 'normalized_fields') return Object.hasOwn(fields, first) ? fields[first] : undefined;
  const part = (second ?? first) as 'type' | 'value' | 'malice';
  return indicators
    .filter(({ type }) => second === undefined || type === first)
    .map((indicator) => indicator[part]);
}

/** The values of all `raw_payload.` fields: a scalar where a path leads to one, else the list of what it leads to. */
function readRawPayload(
  json: string,
  rules: readonly Pick<CompiledRule, 'fields'>[],
  budget: VisitBudget,
): Map<string, unknown> {
  const fields = [
    ...new Set(
      rules.flatMap((rule) => rule.fields.filter((field) => field.startsWith(RAW_PAYLOAD_PREFIX))),
    ),
  ];
  const payload = withExactNumbers(json, JSON.parse(json));
  const { matches } = readPaths(payload, compiledFor(fields), budget);
  return new Map(
    fields.map((field, index) => {
      const values = (matches[index] ?? []).flatMap(({ value }) => value);
      return [field, isOneScalar(matches[index] ?? []) ? values[0] : values];
    }),
  );
}

const isOneScalar = (matches: readonly { value: unknown }[]): boolean =>
  matches.length === 1 && !Array.isArray(matches[0]?.value);

let lastCompiled: { key: string; paths: CompiledPaths } | undefined;

/** The same rules ask about one alert after the other. */
function compiledFor(fields: readonly string[]): CompiledPaths {
  const key = fields.join('\n');
  if (lastCompiled?.key !== key)
    lastCompiled = {
      key,
      paths: compilePaths(fields.map((field) => field.slice(RAW_PAYLOAD_PREFIX.length))),
    };
  return lastCompiled.paths;
}

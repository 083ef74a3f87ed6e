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

function readField({ alert, indicators, detectionRule }: AlertFacts, field: string): unknown {
  switch (field) {
    case 'source_name':
      return alert.sourceName;
    case 'title':
      return alert.title;
    case 'description':
      return alert.description;
    case 'severity':
      return alert.severity;
    case 'status':
      return alert.status;
    case 'malice':
      return alert.malice;
    case 'tags':
      return alert.tags;
    case 'hosts':
      return alert.hosts;
    case 'users':
      return alert.users;
    case 'native_alert_id':
      return alert.nativeAlertId;
    case 'source_rule_id':
      return alert.sourceRuleId;
    case 'detection_rule.name':
      return detectionRule?.name;
    case 'mitre_tactics':
      return [...alert.mitreTactics, ...(detectionRule?.mitreTactics ?? [])];
    case 'mitre_techniques':
      return [...alert.mitreTechniques, ...(detectionRule?.mitreTechniques ?? [])];
    default:
      return readNested(alert.normalizedFields, indicators, field);
  }
}

/** `normalized_fields.<name>`, `indicators.<part>` or `indicators.<type>.<part>`. */
function readNested(
  fields: AlertFacts['alert']['normalizedFields'],
  indicators: AlertFacts['indicators'],
  field: string,
): unknown {
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

import {
  AppError,
  type CompiledPaths,
  compilePaths,
  createVisitBudget,
  type FieldMapping,
  MAX_MATCHES_PER_PATH,
  MAX_VISITS_PER_ALERT,
  type MappedField,
  NORMALIZED_FIELDS,
  type NormalizedAlert,
  readPaths,
  type Severity,
} from '@calseta/common';
import { assembleAlert, cutShort } from '../reading/assemble-alert.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { readTactics, readTechniques } from '../reading/mitre.js';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';
import { textOf } from '../reading/text.js';
import { readTime } from '../reading/time.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';
import { type CompiledFields, compileFields, OVERFLOW_NOTE, readFields } from './read-fields.js';

/** A source that people defined over the API: its fields are where their mapping says. */
export function createCustomSource(sourceName: string, mapping: FieldMapping): SourcePlugin {
  const severities = new Map(
    Object.entries(mapping.severity_map ?? {}).map(([word, severity]) => [fold(word), severity]),
  );
  const fields = compileFields(mapping.fields);
  const items = mapping.items === undefined ? undefined : compilePaths([mapping.items]);
  return {
    name: 'custom',
    ...(items && { split: (payload) => explode(payload, items) }),
    normalize: (payload) => normalize(payload, { sourceName, mapping, fields, severities }),
  };
}

/**
 * Without the list, the payload is an alert by itself: so is one entry that is read again. Throws
 * AppError('request.too_large') when there may be alerts that were not found.
 */
function explode(payload: unknown, items: CompiledPaths): unknown[] | undefined {
  const budget = createVisitBudget();
  const { matches, isOverflowing } = readPaths(payload, items, budget);
  if (budget.isCut || isOverflowing) throw tooManyLists();
  const lists = (matches[0] ?? []).map(({ value }) => value);
  return lists.length === 0 ? undefined : lists.flat();
}

const tooManyLists = () =>
  new AppError(
    'request.too_large',
    `The path of items may lead to ${MAX_MATCHES_PER_PATH} lists, and look at ${MAX_VISITS_PER_ALERT} values and keys.`,
  );

type Reading = {
  sourceName: string;
  mapping: FieldMapping;
  fields: CompiledFields;
  severities: ReadonlyMap<string, Severity>;
};

function normalize(payload: unknown, reading: Reading): NormalizeOutcome {
  const { defaults = {} } = reading.mapping;
  if (!isRecord(payload)) return { kind: 'unreadable', reason: 'An alert is an object.' };
  const at = rootOf(payload);
  const { valuesOf, isEmpty, isOverflowing } = readFields(at, reading.fields);
  const textsOf = (field: MappedField): string[] => [
    ...new Set(valuesOf(field).flatMap((value) => textOf(value) ?? [])),
  ];
  if (isEmpty) return leadsNowhere(at);
  const tags = textsOf('tags');
  const outcome = assembleAlert(at, {
    title: textsOf('title')[0] ?? defaults.title ?? reading.sourceName,
    description: textsOf('description')[0] ?? defaults.description,
    ...severityOf(textsOf('severity')[0], reading),
    occurredAt: valuesOf('occurred_at')
      .map(readTime)
      .find((time) => time !== undefined),
    tags: tags.length > 0 ? tags : (defaults.tags ?? []),
    nativeAlertId: textsOf('native_alert_id')[0],
    sourceRuleId: textsOf('source_rule_id')[0] ?? defaults.source_rule_id,
    sourceRuleName: textsOf('source_rule_name')[0] ?? defaults.source_rule_name,
    sourceUrl: textsOf('source_url')[0],
    mitreTactics: readTactics(textsOf('mitre_tactics')),
    mitreTechniques: readTechniques(textsOf('mitre_techniques')),
    hosts: textsOf('hosts'),
    users: textsOf('users'),
    fields: normalizedFields(textsOf),
  });
  return isOverflowing ? cutShort(outcome, OVERFLOW_NOTE) : outcome;
}

function leadsNowhere({ reading: { budget } }: Located): NormalizeOutcome {
  const within = budget.isCut ? ` within ${MAX_VISITS_PER_ALERT} values and keys` : '';
  return { kind: 'unreadable', reason: `No path of the field mapping leads anywhere${within}.` };
}

function severityOf(word: string | undefined, { mapping, severities }: Reading): ReadSeverity {
  if (word === undefined) return { severity: mapping.defaults?.severity ?? 'Pending' };
  const mapped = severities.get(fold(word));
  return mapped === undefined ? readSeverity([word]) : { severity: mapped, severityOriginal: word };
}

const fold = (word: string): string => word.trim().toLowerCase();

function normalizedFields(textsOf: (field: MappedField) => string[]): NormalizedAlert['fields'] {
  const filled = NORMALIZED_FIELDS.flatMap((field) => {
    const texts = textsOf(field);
    const [first, ...others] = texts;
    return first === undefined ? [] : [[field, others.length === 0 ? first : texts] as const];
  });
  return Object.fromEntries(filled);
}

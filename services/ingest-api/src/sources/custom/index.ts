import {
  type FieldMapping,
  type MappedField,
  NORMALIZED_FIELDS,
  type NormalizedAlert,
  readPath,
  type Severity,
} from '@calseta/common';
import { assembleAlert } from '../reading/assemble-alert.js';
import { isRecord } from '../reading/located.js';
import { readTactics, readTechniques } from '../reading/mitre.js';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';
import { textOf } from '../reading/text.js';
import { readTime } from '../reading/time.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';

/** A source that people defined over the API: its fields are where their mapping says. */
export function createCustomSource(sourceName: string, mapping: FieldMapping): SourcePlugin {
  const severities = new Map(
    Object.entries(mapping.severity_map ?? {}).map(([word, severity]) => [fold(word), severity]),
  );
  const { items } = mapping;
  return {
    name: 'custom',
    ...(items !== undefined && { split: (payload) => explode(payload, items) }),
    normalize: (payload) => normalize(payload, { sourceName, mapping, severities }),
  };
}

/** Without the list, the payload is an alert by itself: so is one entry that is read again. */
function explode(payload: unknown, path: string): unknown[] | undefined {
  const lists = readPath(payload, path).map(({ value }) => value);
  return lists.length === 0 ? undefined : lists.flat();
}

type Reading = {
  sourceName: string;
  mapping: FieldMapping;
  severities: ReadonlyMap<string, Severity>;
};

function normalize(payload: unknown, reading: Reading): NormalizeOutcome {
  const { fields, defaults = {} } = reading.mapping;
  if (!isRecord(payload)) return { kind: 'unreadable', reason: 'An alert is an object.' };
  // Each path is walked once.
  const values = new Map(
    (Object.keys(fields) as MappedField[]).map((field) => [
      field,
      valuesAt(payload, fields[field]),
    ]),
  );
  const valuesOf = (field: MappedField): unknown[] => values.get(field) ?? [];
  const textsOf = (field: MappedField): string[] => [
    ...new Set(valuesOf(field).flatMap((value) => textOf(value) ?? [])),
  ];
  if ([...values.values()].every((found) => found.length === 0))
    return { kind: 'unreadable', reason: 'No path of the field mapping leads anywhere.' };

  const tags = textsOf('tags');
  return assembleAlert({
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
}

/** The values at the first path that leads to any with something in it; lists count entry by entry. */
function valuesAt(payload: unknown, paths: string | readonly string[] = []): unknown[] {
  for (const path of [paths].flat()) {
    const values = readPath(payload, path).flatMap(({ value }) => value);
    if (values.some((value) => textOf(value) !== undefined)) return values;
  }
  return [];
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

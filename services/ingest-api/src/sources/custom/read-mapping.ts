import {
  AppError,
  type CompiledPaths,
  compilePaths,
  createVisitBudget,
  type FieldMapping,
  type MappedField,
  MAX_MATCHES_PER_PATH,
  MAX_VISITS_PER_ALERT,
  NORMALIZED_FIELDS,
  type NormalizedAlert,
  readPaths,
  readTactics,
  readTechniques,
  type Severity,
} from '@calseta/common';
import { type Located } from '../reading/located.js';
import { type ReadSeverity, readSeverity, severityText } from '../reading/severity.js';
import { sourceStatusOf } from '../reading/source-status.js';
import { textOf } from '../reading/text.js';
import { readTime } from '../reading/time.js';
import { type CompiledFields, compileFields, readFields } from './read-fields.js';

/** A field mapping, compiled to read any number of alerts. */
export type CompiledMapping = {
  fields: CompiledFields;
  items?: CompiledPaths;
  defaults: NonNullable<FieldMapping['defaults']>;
  /** Severity of the sender's own word; undefined for a word that is not in the map. */
  severityOf(word: string): Severity | undefined;
};

export function compileMapping(mapping: FieldMapping): CompiledMapping {
  const severities = new Map(
    Object.entries(mapping.severity_map ?? {}).map(([word, severity]) => [fold(word), severity]),
  );
  return {
    fields: compileFields(mapping.fields ?? {}),
    ...(mapping.items !== undefined && { items: compilePaths([mapping.items]) }),
    defaults: mapping.defaults ?? {},
    severityOf: (word) => severities.get(fold(word)),
  };
}

const fold = (word: string): string => word.trim().toLowerCase();

/**
 * Splits an envelope. A payload without the list is one alert, and so is a single entry that is read again. Throws
 * AppError('request.too_large') when there may be alerts that were not found.
 */
export function explode(payload: unknown, items: CompiledPaths): unknown[] | undefined {
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

/** Values at the paths of a mapping; undefined or empty where a path leads to nothing. */
export type MappedParts = Pick<
  NormalizedAlert,
  'tags' | 'mitreTactics' | 'mitreTechniques' | 'hosts' | 'users' | 'fields'
> &
  Record<
    'title' | 'description' | 'nativeAlertId' | 'sourceRuleId' | 'sourceRuleName' | 'sourceUrl',
    string | undefined
  > &
  Pick<NormalizedAlert, 'sourceStatus' | 'isEnd'> & {
    severity: ReadSeverity;
    occurredAt: Date | undefined;
  };

export type MappingReading = {
  parts: MappedParts;
  /** Whether no path leads to anything. */
  isEmpty: boolean;
  /** Whether a path leads to more values than allowed. */
  isOverflowing: boolean;
};

export function readMapping(at: Located, mapping: CompiledMapping): MappingReading {
  const { valuesOf, isEmpty, isOverflowing } = readFields(at, mapping.fields);
  const textsOf = (field: MappedField): string[] => [
    ...new Set(valuesOf(field).flatMap((value) => textOf(value) ?? [])),
  ];
  const parts = {
    title: textsOf('title')[0],
    description: textsOf('description')[0],
    severity: severityOf(valuesOf('severity').map(severityText), mapping),
    occurredAt: valuesOf('occurred_at')
      .map(readTime)
      .find((time) => time !== undefined),
    tags: textsOf('tags'),
    nativeAlertId: textsOf('native_alert_id')[0],
    sourceRuleId: textsOf('source_rule_id')[0],
    sourceRuleName: textsOf('source_rule_name')[0],
    sourceUrl: textsOf('source_url')[0],
    mitreTactics: readTactics(textsOf('mitre_tactics')),
    mitreTechniques: readTechniques(textsOf('mitre_techniques')),
    ...sourceStatusOf(textsOf('status')[0]),
    hosts: textsOf('hosts'),
    users: textsOf('users'),
    fields: normalizedFields(textsOf),
  };
  return { parts, isEmpty, isOverflowing };
}

/** By the map, else by the words of all vendors; the default when no path leads to anything. */
function severityOf(
  words: (string | undefined)[],
  { defaults, severityOf: mapped }: CompiledMapping,
): ReadSeverity {
  const word = words.find((text) => text !== undefined);
  if (word === undefined) return { severity: defaults.severity ?? 'Pending' };
  const severity = mapped(word);
  return severity === undefined ? readSeverity([word]) : { severity, severityOriginal: word };
}

function normalizedFields(textsOf: (field: MappedField) => string[]): NormalizedAlert['fields'] {
  const filled = NORMALIZED_FIELDS.flatMap((field) => {
    const texts = textsOf(field);
    const [first, ...others] = texts;
    return first === undefined ? [] : [[field, others.length === 0 ? first : texts] as const];
  });
  return Object.fromEntries(filled);
}

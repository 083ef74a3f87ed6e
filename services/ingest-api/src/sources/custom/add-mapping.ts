import { type FieldMapping, type NormalizedAlert } from '@calseta/common';
import { assembleAlert, cutShort } from '../reading/assemble-alert.js';
import { isRecord, rootOf } from '../reading/located.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { OVERFLOW_NOTE } from './read-fields.js';
import {
  type CompiledMapping,
  compileMapping,
  explode,
  type MappedParts,
  readMapping,
} from './read-mapping.js';

/**
 * Adds an operator's field mapping to the plugin of a built-in source. The mapping fills fields that the plugin
 * leaves empty, and its severity map translates the sender's words.
 */
export function addMapping(plugin: SourcePlugin, mapping: FieldMapping): SourcePlugin {
  const compiled = compileMapping(mapping);
  const { items } = compiled;
  return {
    ...plugin,
    split: (payload) => plugin.split?.(payload) ?? (items && explode(payload, items)),
    normalize: (payload) => normalize(plugin.normalize(payload), payload, compiled),
  };
}

function normalize(
  outcome: NormalizeOutcome,
  payload: unknown,
  mapping: CompiledMapping,
): NormalizeOutcome {
  if (!isRecord(payload)) return outcome;
  const at = rootOf(payload);
  const { parts, isOverflowing } = readMapping(at, mapping);
  const read = outcome.kind === 'normalized' ? outcome : readByTitle(payload, parts.title, outcome);
  if (read.kind !== 'normalized') return read;
  const { isTitleAssumed, ...alert } = read.alert;
  const title = isTitleAssumed ? (parts.title ?? mapping.defaults.title) : undefined;
  const titled = title === undefined ? read.alert : { ...alert, title };
  const filled = { ...read, alert: fill(titled, parts, mapping) };
  return isOverflowing ? cutShort(filled, OVERFLOW_NOTE) : filled;
}

/** Reads a payload that the plugin cannot read, if the mapping finds a title. */
const readByTitle = (
  payload: unknown,
  title: string | undefined,
  outcome: NormalizeOutcome,
): NormalizeOutcome =>
  title === undefined ? outcome : assembleAlert(rootOf(payload), { title, severity: 'Pending' });

function fill(
  alert: NormalizedAlert,
  parts: MappedParts,
  mapping: CompiledMapping,
): NormalizedAlert {
  const { defaults } = mapping;
  return {
    ...alert,
    ...severityOf(alert, parts, mapping),
    description: alert.description ?? parts.description ?? defaults.description,
    occurredAt: alert.occurredAt ?? parts.occurredAt,
    nativeAlertId: alert.nativeAlertId ?? parts.nativeAlertId,
    sourceRuleId: alert.sourceRuleId ?? parts.sourceRuleId ?? defaults.source_rule_id,
    sourceRuleName: alert.sourceRuleName ?? parts.sourceRuleName ?? defaults.source_rule_name,
    sourceUrl: alert.sourceUrl ?? parts.sourceUrl,
    tags: firstOf(alert.tags, parts.tags, defaults.tags),
    mitreTactics: firstOf(alert.mitreTactics, parts.mitreTactics),
    mitreTechniques: firstOf(alert.mitreTechniques, parts.mitreTechniques),
    hosts: firstOf(alert.hosts, parts.hosts),
    users: firstOf(alert.users, parts.users),
    fields: { ...parts.fields, ...alert.fields },
    ...(alert.sourceStatus === undefined && statusOf(parts)),
  };
}

const statusOf = ({ sourceStatus, isEnd }: MappedParts) => ({
  ...(sourceStatus !== undefined && { sourceStatus }),
  ...(isEnd && { isEnd }),
});

/**
 * The map may contain the word that the plugin read; the mapping's severity applies when the plugin found none or
 * could not read it.
 */
function severityOf(
  { severity, severityOriginal }: NormalizedAlert,
  parts: MappedParts,
  mapping: CompiledMapping,
): Partial<Pick<NormalizedAlert, 'severity' | 'severityOriginal'>> {
  const meant = severityOriginal === undefined ? undefined : mapping.severityOf(severityOriginal);
  if (meant !== undefined) return { severity: meant };
  if (severity !== 'Pending' || parts.severity.severity === 'Pending') return {};
  const isDefault = parts.severity.severityOriginal === undefined;
  return isDefault && severityOriginal !== undefined ? {} : parts.severity;
}

const firstOf = (...lists: readonly (string[] | undefined)[]): string[] =>
  lists.find((list) => list !== undefined && list.length > 0) ?? [];

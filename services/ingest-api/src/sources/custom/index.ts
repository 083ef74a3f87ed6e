import { type FieldMapping, MAX_VISITS_PER_ALERT } from '@calseta/common';
import { assembleMapped, cutShort } from '../reading/assemble-alert.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { OVERFLOW_NOTE } from './read-fields.js';
import { type CompiledMapping, compileMapping, explode, readMapping } from './read-mapping.js';

/** A source that an operator defines over the API; a field mapping says where its fields are. */
export function createCustomSource(sourceName: string, mapping: FieldMapping): SourcePlugin {
  const compiled = compileMapping(mapping);
  const { items } = compiled;
  return {
    name: 'custom',
    ...(items && { split: (payload) => explode(payload, items) }),
    normalize: (payload) => normalize(payload, sourceName, compiled),
  };
}

function normalize(
  payload: unknown,
  sourceName: string,
  mapping: CompiledMapping,
): NormalizeOutcome {
  if (!isRecord(payload)) return { kind: 'unreadable', reason: 'An alert is an object.' };
  const at = rootOf(payload);
  const { parts, isEmpty, isOverflowing } = readMapping(at, mapping);
  if (isEmpty) return leadsNowhere(at);
  const { defaults } = mapping;
  const { severity, ...others } = parts;
  const outcome = assembleMapped(at, {
    ...others,
    ...severity,
    title: parts.title ?? defaults.title ?? sourceName,
    description: parts.description ?? defaults.description,
    tags: parts.tags.length > 0 ? parts.tags : (defaults.tags ?? []),
    sourceRuleId: parts.sourceRuleId ?? defaults.source_rule_id,
    sourceRuleName: parts.sourceRuleName ?? defaults.source_rule_name,
  });
  return isOverflowing ? cutShort(outcome, OVERFLOW_NOTE) : outcome;
}

function leadsNowhere({ reading: { budget } }: Located): NormalizeOutcome {
  const within = budget.isCut ? ` within ${MAX_VISITS_PER_ALERT} values and keys` : '';
  return { kind: 'unreadable', reason: `No path of the field mapping leads anywhere${within}.` };
}

import { NORMALIZED_FIELDS, type NormalizedAlert, type NormalizedField } from '@calseta/common';
import { assembleAlert } from '../reading/assemble-alert.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { readTactics, readTechniques } from '../reading/mitre.js';
import { readSeverity } from '../reading/severity.js';
import { pickText, pickTexts, textOf } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';
import { genericPayloadSchema } from './payload.js';
import { readStatedIndicators } from './read-stated-indicators.js';

/** Anything that can POST JSON, in our own documented format. */
export const generic: SourcePlugin = { name: 'generic', normalize };

function normalize(payload: unknown): NormalizeOutcome {
  const parsed = genericPayloadSchema.safeParse(payload);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({
      pointer: issue.path.map((segment) => `/${String(segment)}`).join(''),
      message: issue.message,
    }));
    return { kind: 'invalid', issues };
  }
  const at = rootOf(payload);
  const { indicators, notes } = readStatedIndicators(at);
  return assembleAlert(at, {
    title: parsed.data.title.trim(),
    ...readSeverity([pickText(at, 'severity')]),
    description: pickText(at, 'description'),
    occurredAt: pickTime(at, 'occurred_at'),
    tags: pickTexts(at, 'tags'),
    nativeAlertId: pickText(at, 'native_alert_id', 'alert_id'),
    sourceRuleId: pickText(at, 'source_rule_id'),
    sourceRuleName: pickText(at, 'source_rule_name'),
    sourceUrl: pickText(at, 'source_url'),
    mitreTactics: readTactics(pickTexts(at, 'mitre_tactics')),
    mitreTechniques: readTechniques(pickTexts(at, 'mitre_techniques')),
    hosts: pickTexts(at, 'hosts'),
    users: pickTexts(at, 'users'),
    fields: readFields(at),
    statedIndicators: indicators,
    notes,
  });
}

/** Far more than an alert keeps. */
const MAX_FIELD_VALUES = 1_000;

function readFields(at: Located): NormalizedAlert['fields'] {
  const fields: Partial<Record<NormalizedField, string | string[]>> = {};
  if (!isRecord(at.value)) return fields;
  for (const name of NORMALIZED_FIELDS) {
    if (!Object.hasOwn(at.value, name)) continue;
    const stated = at.value[name];
    const values = (Array.isArray(stated) ? stated.slice(0, MAX_FIELD_VALUES) : [stated]).map(
      textOf,
    );
    const texts = values.filter((text) => text !== undefined);
    const [first, ...others] = texts;
    if (first !== undefined) fields[name] = others.length === 0 ? first : texts;
  }
  return fields;
}

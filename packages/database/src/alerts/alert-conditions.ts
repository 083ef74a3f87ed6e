import { type AlertFilter, SEVERITIES, TEST_SOURCE } from '@calseta/common';

/** Conditions on `alerts a`, and the values of their parameters. */
export type Conditions = { where: readonly string[]; parameters: readonly unknown[] };

/**
 * The alerts that a text or an indicator finds: their ids where they are few, else the condition that finds them, because
 * Postgres does not know beforehand which of the two it is.
 */
export type Found =
  { ids: readonly string[] } | { condition: (parameter: string) => string; value: unknown };

/** What the alerts of a filter have in common, as SQL. */
export function alertConditions(filter: AlertFilter, found: readonly Found[]): Conditions {
  const parameters: unknown[] = [];
  const where: string[] = [];
  const add = (value: unknown, condition: (parameter: string) => string): void => {
    if (value !== undefined) where.push(condition(`$${parameters.push(value)}`));
  };
  add(filter.status, (p) => `a.status = ANY(${p}::alert_status[])`);
  add(wantedSeverities(filter), (p) => `a.severity = ANY(${p}::severity[])`);
  if (filter.source_name) add(filter.source_name, (p) => `a.source_name = ANY(${p}::text[])`);
  else add(TEST_SOURCE, (p) => `a.source_name <> ${p}`);
  add(filter.tags, (p) => `a.tags && ${p}::text[]`);
  add(filter.all_tags, (p) => `a.tags @> ${p}::text[]`);
  add(keysOf('host', filter.host), (p) => `a.subject_keys && ${p}::text[]`);
  add(keysOf('user', filter.user), (p) => `a.subject_keys && ${p}::text[]`);
  for (const one of found) {
    if ('ids' in one) add(one.ids, (p) => `a.id = ANY(${p}::uuid[])`);
    else add(one.value, (p) => `a.id IN (${one.condition(p)})`);
  }
  add(filter.malice, (p) => `coalesce(a.malice_override, a.malice) = ANY(${p}::malice[])`);
  add(filter.enrichment_status, (p) => `a.enrichment_status = ${p}::enrichment_status`);
  add(filter.pipeline_stage, (p) => `a.stage = ${p}::pipeline_stage`);
  add(filter.detection_rule_uuid, (p) => `a.detection_rule_id = ${p}::uuid`);
  if (filter.is_muted !== undefined)
    where.push(`a.mute_id IS ${filter.is_muted ? 'NOT NULL' : 'NULL'}`);
  add(filter.received_from, (p) => `a.received_at >= ${p}::timestamptz`);
  add(filter.received_to, (p) => `a.received_at < ${p}::timestamptz`);
  add(filter.occurred_from, (p) => `a.occurred_at >= ${p}::timestamptz`);
  add(filter.occurred_to, (p) => `a.occurred_at < ${p}::timestamptz`);
  return { where, parameters };
}

/** Same form as `calseta_subject_keys` in Postgres. */
const keysOf = (kind: 'host' | 'user', names: string[] | undefined): string[] | undefined =>
  names?.map((name) => `${kind}:${name.toLowerCase()}`);

function wantedSeverities({ severity, min_severity: minimum }: AlertFilter) {
  if (minimum === undefined) return severity;
  return SEVERITIES.slice(SEVERITIES.indexOf(minimum)).filter(
    (step) => severity?.includes(step) ?? true,
  );
}

/** Punctuation of ASCII, which parts words as `calseta_words` does in Postgres. */
const PUNCTUATION = /[!-/:-@[-`{-~]+/;

/**
 * A tsquery for what a person writes: each text between spaces has to be there, its parts one after the other, the last
 * part as the beginning of a word. `10.0.0.4 powersh` becomes `10<->0<->0<->4:* & powersh:*`.
 */
export const textQuery = (written: string): string =>
  written
    .split(/\s+/)
    .map((text) => text.split(PUNCTUATION).filter((part) => part !== ''))
    .filter((parts) => parts.length > 0)
    .map((parts) => `${parts.join('<->')}:*`)
    .join(' & ');

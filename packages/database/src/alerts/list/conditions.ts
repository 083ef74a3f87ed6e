import { type AlertFilter, type PipelineStage, SEVERITIES, TEST_SOURCE } from '@calseta/common';

/**
 * A condition on `alerts a`, which adds its parameters to those of the statement. The index of a list begins with the
 * `category` and ends with the time of receipt (`received`); alerts of a `selective` one have an index of their own,
 * those of a `listed` one in the order of receipt: they are a list of their own. `test` leaves out those of test pushes,
 * `found` is what a text or an indicator finds.
 */
export type Condition = {
  kind: 'category' | 'test' | 'received' | 'occurred' | 'selective' | 'listed' | 'found' | 'other';
  sql: (values: unknown[]) => string;
};

/** A condition with one parameter. */
export const withValue = (
  kind: Condition['kind'],
  value: unknown,
  sql: (parameter: string) => string,
): Condition => ({ kind, sql: (values) => sql(`$${values.push(value)}`) });

/** As in the index on categories. */
export const MALICE = 'coalesce(a.malice_override, a.malice)';

/**
 * Every alert is in one of these, and each has an index of its own: by time of occurrence where all stages have passed, by
 * stage where there are few.
 */
export const STAGE_PARTS = [
  "a.stage = 'dispatched'",
  "a.stage IN ('ingested', 'extracted', 'enriched')",
  "a.stage IN ('failed', 'quarantined')",
];

/** What the alerts of a filter have in common, without what its text and its indicator find. */
export function alertConditions(filter: AlertFilter): Condition[] {
  const conditions: Condition[] = [];
  const add = (...[kind, value, sql]: Parameters<typeof withValue>): void => {
    if (value !== undefined) conditions.push(withValue(kind, value, sql));
  };
  add('category', filter.status, (p) => `a.status = ANY(${p}::alert_status[])`);
  add('category', wantedSeverities(filter), (p) => `a.severity = ANY(${p}::severity[])`);
  add('category', filter.malice, (p) => `${MALICE} = ANY(${p}::malice[])`);
  if (filter.source_name)
    add('category', filter.source_name, (p) => `a.source_name = ANY(${p}::text[])`);
  else add('test', TEST_SOURCE, (p) => `a.source_name <> ${p}`);
  add('selective', filter.tags, (p) => `a.tags && ${p}::text[]`);
  add('selective', filter.all_tags, (p) => `a.tags @> ${p}::text[]`);
  add('selective', keysOf('host', filter.host), (p) => `a.subject_keys && ${p}::text[]`);
  add('selective', keysOf('user', filter.user), (p) => `a.subject_keys && ${p}::text[]`);
  add('listed', filter.detection_rule_uuid, (p) => `a.detection_rule_id = ${p}::uuid`);
  add('received', filter.received_from, (p) => `a.received_at >= ${p}::timestamptz`);
  add('received', filter.received_to, (p) => `a.received_at < ${p}::timestamptz`);
  add('occurred', filter.occurred_from, (p) => `a.occurred_at >= ${p}::timestamptz`);
  add('occurred', filter.occurred_to, (p) => `a.occurred_at < ${p}::timestamptz`);
  return walkedAlongOne([...conditions, ...writtenOut(filter)]);
}

/** A list is walked along one index: of further conditions that have such an index, each narrows it as selective ones do. */
function walkedAlongOne(conditions: readonly Condition[]): Condition[] {
  const walked = conditions.find(({ kind }) => kind === 'listed');
  return conditions.map((one) =>
    one.kind === 'listed' && one !== walked ? { ...one, kind: 'selective' } : one,
  );
}

/** Without parameters, because Postgres uses a partial index only where the text of a condition implies that of the index. */
function writtenOut(filter: AlertFilter): Condition[] {
  const { enrichment_status: enrichment, pipeline_stage: stage, is_muted: isMuted } = filter;
  const condition = (kind: Condition['kind'], text: string): Condition => ({
    kind,
    sql: () => text,
  });
  const isRarelyEnriched = enrichment === 'Partial' || enrichment === 'Failed';
  return [
    ...(enrichment === undefined
      ? []
      : [
          condition(isRarelyEnriched ? 'listed' : 'other', `a.enrichment_status = '${enrichment}'`),
        ]),
    ...(stage === undefined
      ? []
      : [
          condition(
            stage === 'dispatched' ? 'other' : 'selective',
            `a.stage = '${stage}' AND ${partOf(stage)}`,
          ),
        ]),
    ...(isMuted === undefined
      ? []
      : [condition(isMuted ? 'listed' : 'other', `a.mute_id IS ${isMuted ? 'NOT NULL' : 'NULL'}`)]),
  ];
}

const partOf = (stage: PipelineStage): string =>
  STAGE_PARTS.find((part) => part.includes(`'${stage}'`)) ?? 'true';

/** Same form as `calseta_subject_keys` in Postgres. */
const keysOf = (kind: 'host' | 'user', names: string[] | undefined): string[] | undefined =>
  names?.map((name) => `${kind}:${name.toLowerCase()}`);

export function wantedSeverities({ severity, min_severity: minimum }: AlertFilter) {
  if (minimum === undefined) return severity;
  return SEVERITIES.slice(SEVERITIES.indexOf(minimum)).filter(
    (step) => severity?.includes(step) ?? true,
  );
}

export const kindsOf = (conditions: readonly Condition[]): ReadonlySet<Condition['kind']> =>
  new Set(conditions.map(({ kind }) => kind));

/** Conditions as one text; their values are added to those of the statement. */
export const render = (conditions: readonly Condition[], values: unknown[]): string =>
  conditions.map(({ sql }) => sql(values)).join(' AND ') || 'true';

/** The same for a list that is read in its order: an index of a selective condition, which many alerts have, is not used. */
export const renderChecks = (conditions: readonly Condition[], values: unknown[]): string =>
  conditions
    .map(({ kind, sql }) =>
      kind === 'selective' || kind === 'listed' ? `(${sql(values)}) IS TRUE` : sql(values),
    )
    .join(' AND ') || 'true';

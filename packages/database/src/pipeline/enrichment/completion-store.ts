import {
  compareMalice,
  type EnrichmentStatus,
  type LookupStatus,
  type Malice,
  newUuid,
  type Severity,
} from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Connection, type Database, type Transaction } from '../../core/database.js';
import { groupByKey } from '../../core/group-by-key.js';
import { defineRows } from '../../core/rows.js';
import { raiseMalice } from '../updates/raise-malice.js';

/** An answer that an alert went on without, and that has come. */
export type Completion = {
  alertId: string;
  indicatorId: string;
  providerName: string;
  status: LookupStatus;
};

/** Completes alerts with answers that came after their enrichment. */
export interface CompletionStore {
  /** Alerts that wait for the answers of these lookups, where they have come. */
  findOf(
    lookups: readonly { indicatorId: string; providerName: string }[],
    limit: number,
  ): Promise<Completion[]>;
  /** The same of all lookups. */
  findAll(limit: number): Promise<Completion[]>;
  /**
   * Names the providers of the answers as such, raises the verdict on the alerts, and notes both in their activity. An
   * alert is as bad as `judge` says of its indicators; a higher verdict is pushed, by a revision that starts at dispatch.
   */
  complete(
    completions: readonly Completion[],
    judge: (indicators: readonly Malice[]) => Malice,
  ): Promise<void>;
}

export const createCompletionStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): CompletionStore => ({
  async findOf(lookups, limit) {
    const { rows } = await database.query<Completion>(FIND_OF, [
      lookups.map(({ indicatorId }) => indicatorId),
      lookups.map(({ providerName }) => providerName),
      limit,
    ]);
    return rows;
  },

  async findAll(limit) {
    const { rows } = await database.query<Completion>(FIND_ALL, [limit]);
    return rows;
  },

  async complete(completions, judge) {
    if (completions.length === 0) return;
    await database.transaction(async (client) => await completeAll(client, completions, judge));
  },
});

const COMPLETION = `
  m.alert_id AS "alertId", m.indicator_id AS "indicatorId", m.provider_name AS "providerName", r.status`;
const HAS_COME = `r.status IN ('success', 'not_found') AND r.fetched_at > coalesce(m.known_at, '-infinity')`;

const FIND_OF = `
  SELECT ${COMPLETION}
    FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS given(indicator_id, provider_name)) AS given
    JOIN missing_lookups m USING (indicator_id, provider_name)
    JOIN enrichment_results r USING (indicator_id, provider_name)
   WHERE ${HAS_COME} LIMIT $3`;

const FIND_ALL = `
  SELECT ${COMPLETION}
    FROM missing_lookups m JOIN enrichment_results r USING (indicator_id, provider_name)
   WHERE ${HAS_COME} LIMIT $1`;

type LockedAlert = {
  id: string;
  severity: Severity;
  malice: Malice;
  isOverridden: boolean;
  succeeded: string[];
  notFound: string[];
  failed: string[];
  reasons: Record<string, string>;
};

/** An alert that runs through the pipeline again gets its lists there. */
const LOCK = `
  SELECT id, severity, malice, malice_override IS NOT NULL AS "isOverridden",
         enrichment_succeeded AS succeeded, enrichment_not_found AS "notFound",
         enrichment_failed AS failed, enrichment_reasons AS reasons
    FROM alerts WHERE id = ANY($1::uuid[]) AND stage IN ('enriched', 'dispatched', 'failed')
   ORDER BY id FOR NO KEY UPDATE`;

const TAKE = `
  DELETE FROM missing_lookups m
   USING unnest($1::uuid[], $2::uuid[], $3::text[]) AS given(alert_id, indicator_id, provider_name)
   WHERE m.alert_id = given.alert_id AND m.indicator_id = given.indicator_id
     AND m.provider_name = given.provider_name
  RETURNING m.alert_id AS "alertId", m.indicator_id AS "indicatorId", m.provider_name AS "providerName"`;

const STILL_MISSING = `
  SELECT DISTINCT alert_id AS "alertId", provider_name AS "providerName"
    FROM missing_lookups WHERE alert_id = ANY($1::uuid[])`;

const MALICES = `
  SELECT l.alert_id AS "alertId", coalesce(i.malice_override, i.malice) AS malice
    FROM alert_indicators l JOIN indicators i ON i.id = l.indicator_id WHERE l.alert_id = ANY($1::uuid[])`;

async function completeAll(
  client: Transaction,
  completions: readonly Completion[],
  judge: (indicators: readonly Malice[]) => Malice,
): Promise<void> {
  const { rows: alerts } = await client.query<LockedAlert>(LOCK, [
    [...new Set(completions.map(({ alertId }) => alertId))],
  ]);
  const taken = await takeMissing(client, completions, alerts);
  const ids = [...taken.keys()];
  if (ids.length === 0) return;
  const [missing, malices] = await Promise.all([
    client.query<{ alertId: string; providerName: string }>(STILL_MISSING, [ids]),
    client.query<{ alertId: string; malice: Malice }>(MALICES, [ids]),
  ]);
  const missingOf = groupByKey(missing.rows.map((row) => [row.alertId, row.providerName] as const));
  const maliceOf = groupByKey(malices.rows.map((row) => [row.alertId, row.malice] as const));
  const completed = alerts.flatMap((alert) => {
    const answers = taken.get(alert.id);
    if (!answers) return [];
    const raisedTo = judge(maliceOf.get(alert.id) ?? []);
    return [{ ...withAnswers(alert, answers, missingOf.get(alert.id) ?? []), answers, raisedTo }];
  });
  client.send(UPDATE, ALERTS.parameters(completed));
  client.send(NOTE, NOTES.parameters(completed));
  await raiseMalice(
    client,
    completed.filter(({ malice, raisedTo }) => compareMalice(raisedTo, malice) > 0),
  );
}

/** Each missing answer is taken by one of several that complete the same alert. */
async function takeMissing(
  client: Connection,
  completions: readonly Completion[],
  alerts: readonly LockedAlert[],
): Promise<Map<string, Completion[]>> {
  const locked = new Set(alerts.map(({ id }) => id));
  const due = completions.filter(({ alertId }) => locked.has(alertId));
  if (due.length === 0) return new Map();
  const { rows } = await client.query<Omit<Completion, 'status'>>(TAKE, [
    due.map(({ alertId }) => alertId),
    due.map(({ indicatorId }) => indicatorId),
    due.map(({ providerName }) => providerName),
  ]);
  const keyOf = (row: Omit<Completion, 'status'>) =>
    `${row.alertId} ${row.indicatorId} ${row.providerName}`;
  const taken = new Set(rows.map(keyOf));
  return groupByKey(
    due
      .filter((completion) => taken.has(keyOf(completion)))
      .map((completion) => [completion.alertId, completion] as const),
  );
}

type Completed = LockedAlert & {
  status: EnrichmentStatus;
  answers: readonly Completion[];
  raisedTo: Malice;
};

/** The lists of an alert with the answers in them; `owing` are the providers that still miss one. */
function withAnswers(
  alert: LockedAlert,
  answers: readonly Completion[],
  owing: readonly string[],
): Omit<Completed, 'answers' | 'raisedTo'> {
  const namesOf = (wanted: LookupStatus) =>
    answers.filter(({ status }) => status === wanted).map(({ providerName }) => providerName);
  const succeeded = [...new Set([...alert.succeeded, ...namesOf('success')])];
  const notFound = [...new Set([...alert.notFound, ...namesOf('not_found')])].filter(
    (name) => !succeeded.includes(name),
  );
  const answered = new Set(answers.map(({ providerName }) => providerName));
  const failed = alert.failed.filter((name) => !answered.has(name) || owing.includes(name));
  const reasons = Object.entries(alert.reasons).filter(([name]) => failed.includes(name));
  return {
    ...alert,
    status: failed.length === 0 ? 'Enriched' : 'Partial',
    succeeded,
    notFound,
    failed,
    reasons: Object.fromEntries(reasons),
  };
}

const ALERTS = defineRows<Completed>('given', {
  id: ['uuid', ({ id }) => id],
  status: ['text', ({ status }) => status],
  succeeded: ['text', ({ succeeded }) => arrayLiteral(succeeded)],
  not_found: ['text', ({ notFound }) => arrayLiteral(notFound)],
  failed: ['text', ({ failed }) => arrayLiteral(failed)],
  reasons: ['jsonb', ({ reasons }) => JSON.stringify(reasons)],
});

const UPDATE = `
  UPDATE alerts a
     SET enrichment_status = given.status::enrichment_status, updated_at = now(),
         enrichment_succeeded = given.succeeded::text[],
         enrichment_not_found = given.not_found::text[],
         enrichment_failed = given.failed::text[],
         enrichment_reasons = given.reasons
    FROM ${ALERTS.from} WHERE a.id = given.id`;

const NOTES = defineRows<Completed>('given', {
  id: ['uuid', () => newUuid()],
  alert_id: ['uuid', ({ id }) => id],
  detail: ['jsonb', (completed) => JSON.stringify(toDetail(completed))],
});

const toDetail = ({ answers, status, failed }: Completed) => ({
  answers: answers.map(({ providerName, indicatorId, status: answer }) => ({
    provider: providerName,
    indicator_uuid: indicatorId,
    status: answer,
  })),
  status,
  failed,
});

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT id, alert_id, now(), 'enrichment_completed', 'enricher', detail FROM ${NOTES.from}`;

import { type AlertChange, type AlertStatus, newUuid, STATUS_MOVES } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Transaction } from '../../core/database.js';
import { type Columns, columnNames, defineRows } from '../../core/rows.js';
import { type RepeatedAlert } from './apply-repeat.js';
import { type Repeat } from './count-repeats.js';

/** A repeat that was applied to its alert. */
export type TakenRepeat = Repeat & {
  changes: readonly AlertChange[];
  isKept: boolean;
  isFirstUnchanged: boolean;
  /** Whether it closes the alert; `from` is the status before. */
  isClosing: boolean;
  from: AlertStatus;
};

/** Writes the changed alerts, the payloads of repeats, and an activity entry for each change. */
export function writeRepeats(
  client: Transaction,
  repeats: readonly TakenRepeat[],
  alerts: readonly RepeatedAlert[],
): void {
  if (repeats.length === 0) return;
  const touched = new Set(repeats.map(({ alertId }) => alertId));
  client.send(UPDATE_ALERTS, ALERTS.parameters(alerts.filter(({ id }) => touched.has(id))));
  const kept = repeats.map((repeat) => ({ ...repeat, occurrenceId: newUuid() }));
  const payloads = kept.filter(({ isKept }) => isKept);
  if (payloads.length > 0) client.send(KEEP, OCCURRENCES.parameters(payloads));
  const lines = kept.flatMap(toActivity);
  if (lines.length > 0) client.send(NOTE, LINES.parameters(lines));
}

const ALERTS = defineRows<RepeatedAlert>('given', {
  id: ['uuid', ({ id }) => id],
  status: ['text', ({ status }) => status],
  severity: ['text', ({ severity }) => severity],
  title: ['text', ({ title }) => title],
  description: ['text', ({ description }) => description],
  tags: ['text', ({ tags }) => arrayLiteral(tags)],
  hosts: ['text', ({ hosts }) => arrayLiteral(hosts)],
  users: ['text', ({ users }) => arrayLiteral(users)],
  new_indicators: ['jsonb', ({ newIndicators }) => newIndicatorsJson(newIndicators)],
  source_status: ['text', ({ sourceStatus }) => sourceStatus],
  source_ended_at: ['timestamptz', ({ sourceEndedAt }) => sourceEndedAt],
  duplicate_count: ['int', ({ duplicateCount }) => duplicateCount],
  unchanged_count: ['int', ({ unchangedCount }) => unchangedCount],
  kept_occurrence_count: ['int', ({ keptOccurrenceCount }) => keptOccurrenceCount],
  last_seen_at: ['timestamptz', ({ lastSeenAt }) => lastSeenAt],
});

/** Null for none: the alert keeps its list, which may be long, as it is stored. */
const newIndicatorsJson = (indicators: RepeatedAlert['newIndicators']): string | null =>
  indicators.length === 0 ? null : JSON.stringify(indicators);

const UPDATE_ALERTS = `
  UPDATE alerts a
     SET status = given.status::alert_status,
         triaged_at = CASE WHEN given.status = 'Closed' THEN coalesce(a.triaged_at, now()) ELSE a.triaged_at END,
         closed_at = CASE WHEN given.status = 'Closed' THEN coalesce(a.closed_at, now()) ELSE a.closed_at END,
         severity = given.severity::severity, title = given.title, description = given.description,
         tags = given.tags::text[], hosts = given.hosts::text[], users = given.users::text[],
         stated_indicators = CASE WHEN given.new_indicators IS NULL THEN a.stated_indicators
                                  ELSE a.stated_indicators || given.new_indicators END,
         source_status = given.source_status,
         source_ended_at = given.source_ended_at, duplicate_count = given.duplicate_count,
         unchanged_count = given.unchanged_count, kept_occurrence_count = given.kept_occurrence_count,
         last_seen_at = given.last_seen_at, updated_at = now()
    FROM ${ALERTS.from}
   WHERE a.id = given.id`;

type KeptRepeat = TakenRepeat & { occurrenceId: string };

const OCCURRENCE: Columns<KeptRepeat> = {
  id: ['uuid', ({ occurrenceId }) => occurrenceId],
  alert_id: ['uuid', ({ alertId }) => alertId],
  received_at: ['timestamptz', ({ item }) => item.receivedAt],
  raw_payload: ['json', ({ item }) => item.rawPayload],
  original_content_type: ['text', ({ item }) => item.contentType ?? null],
  original_body: ['bytea', ({ item }) => item.original ?? null],
  fingerprint: ['text', ({ item }) => item.fingerprint],
  changes: ['jsonb', ({ changes }) => JSON.stringify(changes)],
};
const OCCURRENCES = defineRows('given', OCCURRENCE);
const KEEP = `INSERT INTO alert_occurrences (${columnNames(OCCURRENCE)}) SELECT * FROM ${OCCURRENCES.from}`;

type Line = { alertId: string; at: Date; kind: string; actor: string; detail: object };

const LINE: Columns<Line> = {
  id: ['uuid', () => newUuid()],
  alert_id: ['uuid', ({ alertId }) => alertId],
  at: ['timestamptz', ({ at }) => at],
  kind: ['text', ({ kind }) => kind],
  actor: ['text', ({ actor }) => actor],
  detail: ['jsonb', ({ detail }) => JSON.stringify(detail)],
};
const LINES = defineRows('given', LINE);
const NOTE = `INSERT INTO activity (${columnNames(LINE)}) SELECT * FROM ${LINES.from}`;

/** One entry represents all repeats without changes; readers add their number. */
function toActivity(repeat: KeptRepeat): Line[] {
  const { alertId, item, changes, isKept, isFirstUnchanged, isClosing, from } = repeat;
  const line = (kind: string, detail: object): Line => ({
    alertId,
    at: item.receivedAt,
    actor: item.actor,
    kind,
    detail,
  });
  const occurrence = isKept ? { occurrence_uuid: repeat.occurrenceId } : {};
  return [
    ...(isFirstUnchanged ? [line('repeated', {})] : []),
    ...(changes.length > 0
      ? [line(item.alert.isEnd ? 'source_ended' : 'source_updated', { ...occurrence, changes })]
      : []),
    ...(isClosing
      ? movesToClosed(from).map((status) =>
          line('updated', { status, reason: 'on_resolved: close' }),
        )
      : []),
  ];
}

/** The legal moves to Closed: Open → Triaging → Closed. */
function movesToClosed(from: AlertStatus): { from: AlertStatus; to: AlertStatus }[] {
  if (STATUS_MOVES[from].includes('Closed')) return [{ from, to: 'Closed' }];
  return [
    { from, to: 'Triaging' },
    { from: 'Triaging', to: 'Closed' },
  ];
}

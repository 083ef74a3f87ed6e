import { type NormalizedAlert, type StatedIndicator } from '@calseta/common';
import { type Connection, type Database } from '../../core/database.js';
import { groupByKey } from '../../core/group-by-key.js';
import { defineRows } from '../../core/rows.js';
import { gatherUpdate, LOAD_PENDING, type PendingUpdate } from '../updates/gather-update.js';
import { savePending } from '../updates/save-pending.js';
import { applyRepeat, indicatorName, type RepeatedAlert } from './apply-repeat.js';
import { type Repeat } from './count-repeats.js';
import { type IngestItem } from './ingest-item.js';
import { releaseSlots } from './release-slots.js';
import { type TakenRepeat, writeRepeats } from './write-repeats.js';

/** The fields of a message that indicators are read from. */
export type Message = Pick<
  NormalizedAlert,
  'title' | 'description' | 'fields' | 'statedIndicators'
> &
  Pick<IngestItem, 'sourceName' | 'rawPayload'>;

export type ReadIndicators = (message: Message) => Promise<StatedIndicator[]>;

export type TakenOutcome = {
  status: 'deduplicated' | 'updated' | 'noted';
  /** Repeats of the alert so far. */
  duplicateCount: number;
  /** Whether a revision starts at once. */
  isUrgent: boolean;
};

/**
 * Applies repeats with possible changes to their alerts, one after the other under the locks of the alerts, in one
 * transaction. Undefined for a repeat that its alert cannot take: its slot is free, and it becomes a new alert.
 */
export async function takeRepeats(
  database: Pick<Database, 'query' | 'transaction'>,
  readIndicators: ReadIndicators,
  repeats: readonly Repeat[],
): Promise<(TakenOutcome | undefined)[]> {
  const read = await readAll(database, readIndicators, repeats);
  const taken = new Map<Repeat, TakenOutcome>();
  const closed: Repeat[] = [];
  await database.transaction(async (client) => {
    const standing = await lockAlerts(client, repeats);
    const all: TakenRepeat[] = [];
    for (const repeat of repeats) {
      const state = standing.get(repeat.alertId);
      if (!state) continue;
      const indicators = new Set([
        ...(read.base.get(repeat.alertId) ?? []),
        ...state.alert.statedIndicators.map(indicatorName),
      ]);
      const found = { item: repeat.item, indicators: read.found.get(repeat) ?? [] };
      const applied = applyRepeat(state.alert, found, {
        fingerprints: state.fingerprints,
        indicators,
      });
      if (applied.kind === 'refused') continue;
      const pending = gatherUpdate(state.pending, state.alert, {
        changes: applied.changes,
        restartFrom: 'extract',
        at: repeat.item.receivedAt,
      });
      const isUpdate = applied.changes.some(({ field }) => field !== 'source_status');
      if (isUpdate) Object.assign(state, { pending, isPendingNew: true });
      const isClosing = closes(applied.alert, repeat.item);
      all.push({ ...applied, ...repeat, isClosing, from: state.alert.status });
      state.alert = isClosing ? { ...applied.alert, status: 'Closed' } : applied.alert;
      if (isClosing) closed.push(repeat);
      if (applied.isKept) state.fingerprints.add(repeat.item.fingerprint);
      taken.set(repeat, {
        status: repeat.item.alert.isEnd ? 'noted' : isUpdate ? 'updated' : 'deduplicated',
        duplicateCount: state.alert.duplicateCount,
        isUrgent: isUpdate && pending.isUrgent,
      });
    }
    const states = [...standing.values()];
    writeRepeats(
      client,
      all,
      states.map(({ alert }) => alert),
    );
    savePending(
      client,
      states.flatMap(({ alert, pending, isPendingNew }) =>
        isPendingNew && pending ? [{ alertId: alert.id, pending }] : [],
      ),
    );
  });
  await releaseSlots(database, [...repeats.filter((repeat) => !taken.has(repeat)), ...closed]);
  return repeats.map((repeat) => taken.get(repeat));
}

const closes = ({ status }: RepeatedAlert, { alert, onResolved }: IngestItem): boolean =>
  alert.isEnd === true && onResolved === 'close' && status !== 'Closed';

type ReadAll = {
  /** Indicators in the first message of each alert, as `type value`. */
  base: ReadonlyMap<string, readonly string[]>;
  found: ReadonlyMap<Repeat, StatedIndicator[]>;
};

/**
 * Runs before any lock is taken, because parsing is slow. One message at a time, so that only one is in memory parsed.
 */
async function readAll(
  database: Pick<Database, 'query'>,
  readIndicators: ReadIndicators,
  repeats: readonly Repeat[],
): Promise<ReadAll> {
  const found = new Map<Repeat, StatedIndicator[]>();
  const base = new Map<string, string[]>();
  for (const repeat of repeats) {
    const { item, alertId } = repeat;
    if (item.alert.isEnd || item.quarantineReason !== undefined) continue;
    const { sourceName, rawPayload } = item;
    const indicators = await readIndicators({ ...item.alert, sourceName, rawPayload });
    found.set(
      repeat,
      indicators.map((one) => fromOccurrence(one)),
    );
    if (base.has(alertId)) continue;
    const { rows } = await database.query<Message>(LOAD_MESSAGE, [alertId]);
    const first = rows[0] ? await readIndicators(rows[0]) : [];
    base.set(alertId, first.map(indicatorName));
  }
  return { base, found };
}

/** The indicator is in the payload of an occurrence, not in the alert's own. */
const fromOccurrence = ({ type, value, role }: StatedIndicator): StatedIndicator => ({
  type,
  value,
  pointer: '#/occurrences',
  extractor: 'update',
  ...(role && { role }),
});

const LOAD_MESSAGE = `
  SELECT source_name AS "sourceName", title, description, normalized_fields AS fields,
         stated_indicators AS "statedIndicators", raw_payload::text AS "rawPayload"
    FROM alerts WHERE id = $1`;

type Standing = {
  alert: RepeatedAlert;
  pending: PendingUpdate | undefined;
  isPendingNew: boolean;
  fingerprints: Set<string>;
};

/** Locks the alerts until the transaction ends; returns them by id, without deleted ones. */
async function lockAlerts(
  client: Connection,
  repeats: readonly Repeat[],
): Promise<Map<string, Standing>> {
  const ids = [...new Set(repeats.map(({ alertId }) => alertId))];
  // Separate statements, so that they see what the previous holder of a lock committed.
  const [, alerts, pending, known] = await Promise.all([
    client.query('SELECT FROM alerts WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [
      ids,
    ]),
    client.query<RepeatedAlert>(LOAD_ALERTS, [ids]),
    client.query<PendingUpdate & { id: string }>(LOAD_PENDING, [ids]),
    client.query<{ id: string; fingerprint: string }>(LOAD_SAID, SAID.parameters(repeats)),
  ]);
  const pendingOf = new Map(pending.rows.map((row) => [row.id, row]));
  const knownOf = groupByKey(known.rows.map((row) => [row.id, row.fingerprint] as const));
  return new Map(
    alerts.rows.map((alert) => [
      alert.id,
      {
        alert,
        pending: pendingOf.get(alert.id),
        isPendingNew: false,
        fingerprints: new Set(knownOf.get(alert.id)),
      },
    ]),
  );
}

const LOAD_ALERTS = `
  SELECT id, status, severity, severity_is_set AS "severityIsSet",
         coalesce(malice_override, malice) AS malice, title, description, tags,
         dropped_tags AS "droppedTags", hosts, users, stated_indicators AS "statedIndicators",
         source_status AS "sourceStatus", source_ended_at AS "sourceEndedAt",
         duplicate_count AS "duplicateCount", unchanged_count AS "unchangedCount",
         kept_occurrence_count AS "keptOccurrenceCount", last_seen_at AS "lastSeenAt", fingerprint
    FROM alerts WHERE id = ANY($1::uuid[])`;

const SAID = defineRows<Repeat>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  fingerprint: ['text', ({ item }) => item.fingerprint],
});
const LOAD_SAID = `
  SELECT DISTINCT kept.alert_id AS id, kept.fingerprint
    FROM ${SAID.from} JOIN alert_occurrences kept
      ON kept.alert_id = given.id AND kept.fingerprint = given.fingerprint`;

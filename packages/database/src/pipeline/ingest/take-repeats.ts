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

/** Characters of indicators, of repeats and of their alerts, after which no further repeat is read. */
export const MAX_READ_CHARACTERS = 4 * 1024 * 1024;

/**
 * Applies repeats with possible changes to their alerts, one after the other under the locks of the alerts, in one
 * transaction. Undefined for a repeat that its alert cannot take: its slot is free, and it becomes a new alert. Answers
 * only the first repeats where their alerts have very many indicators.
 */
export async function takeRepeats(
  database: Pick<Database, 'query' | 'transaction'>,
  readIndicators: ReadIndicators,
  given: readonly Repeat[],
): Promise<(TakenOutcome | undefined)[]> {
  const read = await readFirst(database, readIndicators, given);
  const repeats = given.slice(0, read.count);
  const { outcomes, closed } = await database.transaction(async (client) => {
    const standing = await lockAlerts(client, repeats, read.base);
    const applied = applyAll(standing, repeats, read.found);
    const states = [...standing.values()];
    writeRepeats(
      client,
      applied.taken,
      states.map(({ alert }) => alert),
    );
    savePending(
      client,
      states.flatMap(({ alert, pending, isPendingNew }) =>
        isPendingNew && pending ? [{ alertId: alert.id, pending }] : [],
      ),
    );
    return applied;
  });
  await releaseSlots(database, [...repeats.filter((repeat) => !outcomes.has(repeat)), ...closed]);
  return repeats.map((repeat) => outcomes.get(repeat));
}

type AppliedRepeats = {
  taken: TakenRepeat[];
  outcomes: ReadonlyMap<Repeat, TakenOutcome>;
  /** Those that close their alerts. */
  closed: Repeat[];
};

/** Applies the repeats in order, each to what the ones before have made of its alert. */
function applyAll(
  standing: ReadonlyMap<string, Standing>,
  repeats: readonly Repeat[],
  found: ReadFirst['found'],
): AppliedRepeats {
  const outcomes = new Map<Repeat, TakenOutcome>();
  const taken: TakenRepeat[] = [];
  for (const repeat of repeats) {
    const state = standing.get(repeat.alertId);
    const one = state && applyOne(state, repeat, found.get(repeat) ?? []);
    if (!one) continue;
    taken.push(one.taken);
    outcomes.set(repeat, one.outcome);
  }
  const closed = taken.filter(({ isClosing }) => isClosing);
  return { taken, outcomes, closed };
}

/** Changes the state of the alert; undefined when the alert refuses the repeat. */
function applyOne(
  state: Standing,
  repeat: Repeat,
  indicators: StatedIndicator[],
): { taken: TakenRepeat; outcome: TakenOutcome } | undefined {
  const { item } = repeat;
  const applied = applyRepeat(state.alert, { item, indicators }, state);
  if (applied.kind === 'refused') return undefined;
  const pending = gatherUpdate(state.pending, state.alert, {
    changes: applied.changes,
    restartFrom: 'extract',
    at: item.receivedAt,
  });
  const isUpdate = applied.changes.some(({ field }) => field !== 'source_status');
  if (isUpdate) Object.assign(state, { pending, isPendingNew: true });
  const isClosing = closes(applied.alert, item);
  const taken = { ...applied, ...repeat, isClosing, from: state.alert.status };
  state.alert = isClosing ? { ...applied.alert, status: 'Closed' } : applied.alert;
  for (const indicator of indicators) state.indicators.add(indicatorName(indicator));
  if (applied.isKept) state.fingerprints.add(item.fingerprint);
  return {
    taken,
    outcome: {
      status: item.alert.isEnd ? 'noted' : isUpdate ? 'updated' : 'deduplicated',
      duplicateCount: state.alert.duplicateCount,
      isUrgent: isUpdate && pending.isUrgent,
    },
  };
}

const closes = ({ status }: RepeatedAlert, { alert, onResolved }: IngestItem): boolean =>
  alert.isEnd === true && onResolved === 'close' && status !== 'Closed';

type ReadFirst = {
  /** How many of the repeats were read. */
  count: number;
  /** Indicators in the first message of each alert, as `type value`. */
  base: ReadonlyMap<string, readonly string[]>;
  found: ReadonlyMap<Repeat, StatedIndicator[]>;
};

/**
 * Runs before any lock is taken, because parsing is slow. One message at a time, so that only one is in memory parsed.
 */
async function readFirst(
  database: Pick<Database, 'query'>,
  readIndicators: ReadIndicators,
  repeats: readonly Repeat[],
): Promise<ReadFirst> {
  const found = new Map<Repeat, StatedIndicator[]>();
  const base = new Map<string, string[]>();
  let characters = 0;
  let count = 0;
  for (const repeat of repeats) {
    if (characters >= MAX_READ_CHARACTERS) break;
    count += 1;
    const { item, alertId } = repeat;
    if (item.alert.isEnd || item.quarantineReason !== undefined) continue;
    const { sourceName, rawPayload } = item;
    const indicators = await readIndicators({ ...item.alert, sourceName, rawPayload });
    found.set(
      repeat,
      indicators.map((one) => fromOccurrence(one)),
    );
    characters += charactersOf(indicators);
    if (base.has(alertId)) continue;
    const { rows } = await database.query<Message>(LOAD_MESSAGE, [alertId]);
    const first = rows[0] ? await readIndicators(rows[0]) : [];
    base.set(alertId, first.map(indicatorName));
    characters += charactersOf(first) + charactersOf(rows[0]?.statedIndicators ?? []);
  }
  return { count, base, found };
}

const charactersOf = (indicators: readonly Pick<StatedIndicator, 'value'>[]): number =>
  indicators.reduce((sum, { value }) => sum + value.length, 0);

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
  /** Those of its messages so far, as `type value`; only where repeats were read. */
  indicators: Set<string>;
};

type StandingRow = Omit<RepeatedAlert, 'newIndicators'> & {
  stated: Pick<StatedIndicator, 'type' | 'value'>[] | null;
};

/** Locks the alerts until the transaction ends; returns them by id, without deleted ones. */
async function lockAlerts(
  client: Connection,
  repeats: readonly Repeat[],
  base: ReadFirst['base'],
): Promise<Map<string, Standing>> {
  const ids = [...new Set(repeats.map(({ alertId }) => alertId))];
  // Separate statements, so that they see what the previous holder of a lock committed.
  const [, alerts, pending, known] = await Promise.all([
    client.query('SELECT FROM alerts WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [
      ids,
    ]),
    client.query<StandingRow>(LOAD_ALERTS, [ids, [...base.keys()]]),
    client.query<PendingUpdate & { id: string }>(LOAD_PENDING, [ids]),
    client.query<{ id: string; fingerprint: string }>(LOAD_SAID, SAID.parameters(repeats)),
  ]);
  const pendingOf = new Map(pending.rows.map((row) => [row.id, row]));
  const knownOf = groupByKey(known.rows.map((row) => [row.id, row.fingerprint] as const));
  return new Map(
    alerts.rows.map(({ stated, ...alert }) => [
      alert.id,
      {
        alert: { ...alert, newIndicators: [] },
        pending: pendingOf.get(alert.id),
        isPendingNew: false,
        fingerprints: new Set(knownOf.get(alert.id)),
        indicators: new Set([...(base.get(alert.id) ?? []), ...(stated ?? []).map(indicatorName)]),
      },
    ]),
  );
}

const LOAD_ALERTS = `
  SELECT id, status, severity, severity_is_set AS "severityIsSet",
         coalesce(malice_override, malice) AS malice, title, description, tags,
         dropped_tags AS "droppedTags", hosts, users,
         jsonb_array_length(stated_indicators) AS "statedCount",
         CASE WHEN id = ANY($2::uuid[]) THEN stated_indicators END AS stated,
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

import { type AlertFacts } from '@calseta/common';
import { type Database } from '../core/database.js';
import { fitRows } from '../core/fit-rows.js';
import { summaryBytes } from './alert-resource.js';
import { isNoTest } from '../core/test-alerts.js';

/** An alert as rules ask about it. */
export type StoredAlertFacts = AlertFacts & { uuid: string; receivedAt: Date };

export type FactsPage = {
  /** Only older alerts than this one. */
  before?: string;
  receivedFrom?: Date;
  limit: number;
} & FactsParts;

/** What is large of an alert, and read only for a rule that asks about it. */
export type FactsParts = { withPayload: boolean; withIndicators: boolean };

export type FoundFacts = {
  alerts: StoredAlertFacts[];
  /** The alert before which the next page begins; undefined where there are no more. */
  next: string | undefined;
};

/** What the last dispatch of an alert decided, as its activity says. */
export type LastDispatch = { at: Date; detail: Record<string, unknown> };

/** Stored alerts, as filters and rules see them. */
export interface AlertFactsStore {
  /** Newest first, without quarantined ones: up to the limit, or as many as are read together. */
  readPage(page: FactsPage): Promise<FoundFacts>;
  get(alertId: string): Promise<StoredAlertFacts | undefined>;
  /** Looks at alerts with all their parts, of which as many are read together as fit; missing ones are left out. */
  forEach(alertIds: readonly string[], look: (facts: StoredAlertFacts) => void): Promise<void>;
  lastDispatch(alertId: string): Promise<LastDispatch | undefined>;
}

/** Indicators of one alert that rules ask about. */
const MAX_INDICATORS = 1_000;

/** `$1` are ids, `$2` and `$3` the parts. */
const READ = `
  SELECT a.id AS uuid, a.received_at AS "receivedAt", a.title, a.description, a.severity,
         a.source_name AS "sourceName", a.status, coalesce(a.malice_override, a.malice) AS malice,
         a.tags, a.hosts, a.users, a.native_alert_id AS "nativeAlertId",
         a.source_rule_id AS "sourceRuleId", a.mitre_tactics AS "mitreTactics",
         a.mitre_techniques AS "mitreTechniques", a.normalized_fields AS "normalizedFields",
         CASE WHEN $2 THEN a.raw_payload::text ELSE 'null' END AS "rawPayloadJson",
         r.name AS "ruleName", r.mitre_tactics AS "ruleTactics", r.mitre_techniques AS "ruleTechniques",
         coalesce(linked.indicators, '[]') AS indicators
    FROM unnest($1::uuid[]) AS wanted(id)
   CROSS JOIN LATERAL (SELECT * FROM alerts WHERE id = wanted.id LIMIT 1) a
    LEFT JOIN detection_rules r ON r.id = a.detection_rule_id
    LEFT JOIN LATERAL (
           SELECT json_agg(json_build_object(
                    'type', i.type, 'value', i.value, 'malice', coalesce(i.malice_override, i.malice)))
                    AS indicators
             FROM (SELECT indicator_id FROM alert_indicators
                    WHERE $3 AND alert_id = a.id ORDER BY position LIMIT ${MAX_INDICATORS}) l
            CROSS JOIN LATERAL (SELECT * FROM indicators WHERE id = l.indicator_id LIMIT 1) i) linked ON true
   ORDER BY a.id DESC`;

/** Type, malice and what is around them, besides the value. */
const BYTES_AROUND_VALUE = 60;

const rowsWith = ({ withPayload, withIndicators }: FactsParts) => ({
  table: 'alerts',
  bytes: [
    summaryBytes('r'),
    'octet_length(r.normalized_fields::text)',
    ...(withPayload ? ['octet_length(r.raw_payload::text)'] : []),
    ...(withIndicators
      ? [
          `coalesce((
             SELECT sum(octet_length(i.value) + ${BYTES_AROUND_VALUE})
               FROM (SELECT indicator_id FROM alert_indicators
                      WHERE alert_id = r.id ORDER BY position LIMIT ${MAX_INDICATORS}) l
              CROSS JOIN LATERAL (SELECT value FROM indicators WHERE id = l.indicator_id LIMIT 1) i), 0)`,
        ]
      : []),
  ].join(' + '),
});

/** Ids are UUIDv7, so that a span of time is a span of ids; a time alone would be looked for in the whole table. */
const FIND = `
  SELECT id FROM alerts
   WHERE ($1::uuid IS NULL OR id < $1) AND ($2::uuid IS NULL OR id >= $2)
     AND ($3::timestamptz IS NULL OR received_at >= $3) AND stage <> 'quarantined'
     AND ${isNoTest('alerts')}
   ORDER BY id DESC LIMIT $4`;

type FactsRow = Omit<AlertFacts['alert'], Optional> & {
  uuid: string;
  receivedAt: Date;
  rawPayloadJson: string;
  ruleName: string | null;
  ruleTactics: string[];
  ruleTechniques: string[];
  indicators: AlertFacts['indicators'];
} & Record<Optional, string | null>;
type Optional = 'description' | 'nativeAlertId' | 'sourceRuleId';

export const createAlertFactsStore = (
  database: Pick<Database, 'query' | 'readLarge'>,
): AlertFactsStore => ({
  async readPage({ before, receivedFrom, limit, ...parts }) {
    const { rows } = await database.query<{ id: string }>(FIND, [
      before ?? null,
      receivedFrom ? firstIdOf(receivedFrom) : null,
      receivedFrom ?? null,
      limit,
    ]);
    const found = rows.map(({ id }) => id);
    const fit = await fitRows(database, rowsWith(parts), { id: found });
    const ids = found.slice(0, fit.count);
    return {
      alerts: await database.readLarge(
        fit.bytes,
        async () => await readFacts(database, ids, parts),
      ),
      next: ids.length === limit || ids.length < found.length ? ids.at(-1) : undefined,
    };
  },

  async get(alertId) {
    let found: StoredAlertFacts | undefined;
    await forEachOf(database, [alertId], (facts) => (found = facts));
    return found;
  },

  forEach: async (alertIds, look) => await forEachOf(database, alertIds, look),

  async lastDispatch(alertId) {
    const { rows } = await database.query<LastDispatch>(
      `SELECT at, detail FROM activity WHERE alert_id = $1 AND kind = 'dispatched' ORDER BY id DESC LIMIT 1`,
      [alertId],
    );
    return rows[0];
  },
});

const WHOLE: FactsParts = { withPayload: true, withIndicators: true };

async function forEachOf(
  database: Pick<Database, 'query' | 'readLarge'>,
  alertIds: readonly string[],
  look: (facts: StoredAlertFacts) => void,
): Promise<void> {
  for (let rest = alertIds; rest.length > 0;) {
    const { count, bytes } = await fitRows(database, rowsWith(WHOLE), { id: rest });
    const together = rest.slice(0, count);
    await database.readLarge(bytes, async () => {
      for (const facts of await readFacts(database, together, WHOLE)) look(facts);
    });
    rest = rest.slice(count);
  }
}

async function readFacts(
  { query }: Pick<Database, 'query'>,
  ids: readonly string[],
  { withPayload, withIndicators }: FactsParts,
): Promise<StoredAlertFacts[]> {
  const { rows } = await query<FactsRow>(READ, [ids, withPayload, withIndicators]);
  return rows.map(toFacts);
}

/** An id may be made somewhat earlier than the time of receipt is noted. */
const ID_MARGIN_MS = 60_000;

function firstIdOf(time: Date): string {
  const ms = Math.max(0, time.getTime() - ID_MARGIN_MS);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

function toFacts(row: FactsRow): StoredAlertFacts {
  const { uuid, receivedAt, rawPayloadJson, indicators, ruleName, ...rest } = row;
  const { ruleTactics, ruleTechniques, description, nativeAlertId, sourceRuleId, ...alert } = rest;
  return {
    uuid,
    receivedAt,
    rawPayloadJson,
    indicators,
    alert: {
      ...alert,
      ...(description !== null && { description }),
      ...(nativeAlertId !== null && { nativeAlertId }),
      ...(sourceRuleId !== null && { sourceRuleId }),
    },
    ...(ruleName !== null && {
      detectionRule: {
        name: ruleName,
        mitreTactics: ruleTactics,
        mitreTechniques: ruleTechniques,
      },
    }),
  };
}

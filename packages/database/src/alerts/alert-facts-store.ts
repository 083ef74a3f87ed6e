import { type AlertFacts } from '@calseta/common';
import { type Database } from '../core/database.js';
import { isNoTest } from '../core/test-alerts.js';

/** An alert as rules ask about it. */
export type StoredAlertFacts = AlertFacts & { uuid: string; receivedAt: Date };

export type FactsPage = {
  /** Only older alerts than this one. */
  before?: string;
  receivedFrom?: Date;
  limit: number;
  /** Payloads are large: read only for a rule that asks about them. */
  withPayload: boolean;
};

/** What the last dispatch of an alert decided, as its activity says. */
export type LastDispatch = { at: Date; detail: Record<string, unknown> };

/** Stored alerts, as filters and rules see them. */
export interface AlertFactsStore {
  /** Newest first, without quarantined ones. */
  readPage(page: FactsPage): Promise<StoredAlertFacts[]>;
  get(alertId: string): Promise<StoredAlertFacts | undefined>;
  lastDispatch(alertId: string): Promise<LastDispatch | undefined>;
}

/** Indicators of one alert that rules ask about; the dispatcher reads as many. */
const MAX_INDICATORS = 1_000;

const factsOf = (ids: string): string => `
  SELECT a.id AS uuid, a.received_at AS "receivedAt", a.title, a.description, a.severity,
         a.source_name AS "sourceName", a.status, coalesce(a.malice_override, a.malice) AS malice,
         a.tags, a.hosts, a.users, a.native_alert_id AS "nativeAlertId",
         a.source_rule_id AS "sourceRuleId", a.mitre_tactics AS "mitreTactics",
         a.mitre_techniques AS "mitreTechniques", a.normalized_fields AS "normalizedFields",
         CASE WHEN $1 THEN a.raw_payload::text ELSE 'null' END AS "rawPayloadJson",
         r.name AS "ruleName", r.mitre_tactics AS "ruleTactics", r.mitre_techniques AS "ruleTechniques",
         coalesce(linked.indicators, '[]') AS indicators
    FROM (${ids}) wanted
   CROSS JOIN LATERAL (SELECT * FROM alerts WHERE id = wanted.id LIMIT 1) a
    LEFT JOIN detection_rules r ON r.id = a.detection_rule_id
    LEFT JOIN LATERAL (
           SELECT json_agg(json_build_object(
                    'type', i.type, 'value', i.value, 'malice', coalesce(i.malice_override, i.malice)))
                    AS indicators
             FROM (SELECT indicator_id FROM alert_indicators
                    WHERE alert_id = a.id ORDER BY position LIMIT ${MAX_INDICATORS}) l
            CROSS JOIN LATERAL (SELECT * FROM indicators WHERE id = l.indicator_id LIMIT 1) i) linked ON true
   ORDER BY a.id DESC`;

const ONE = factsOf('SELECT $2::uuid AS id');

/** Ids are UUIDv7, so that a span of time is a span of ids; a time alone would be looked for in the whole table. */
const PAGE = factsOf(`
  SELECT id FROM alerts
   WHERE ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR id >= $3)
     AND ($4::timestamptz IS NULL OR received_at >= $4) AND stage <> 'quarantined'
     AND ${isNoTest('alerts')}
   ORDER BY id DESC LIMIT $5`);

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

export const createAlertFactsStore = ({ query }: Pick<Database, 'query'>): AlertFactsStore => ({
  async readPage({ before, receivedFrom, limit, withPayload }) {
    const { rows } = await query<FactsRow>(PAGE, [
      withPayload,
      before ?? null,
      receivedFrom ? firstIdOf(receivedFrom) : null,
      receivedFrom ?? null,
      limit,
    ]);
    return rows.map(toFacts);
  },

  async get(alertId) {
    const { rows } = await query<FactsRow>(ONE, [true, alertId]);
    return rows[0] && toFacts(rows[0]);
  },

  async lastDispatch(alertId) {
    const { rows } = await query<LastDispatch>(
      `SELECT at, detail FROM activity WHERE alert_id = $1 AND kind = 'dispatched' ORDER BY id DESC LIMIT 1`,
      [alertId],
    );
    return rows[0];
  },
});

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

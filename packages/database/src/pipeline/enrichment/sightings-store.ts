import { type IndicatorType, type Malice } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';

/** Earlier alerts with one indicator. */
export type Sightings = {
  /** Alerts that contain it; a minimum when `isLowerBound`. */
  alertCount: number;
  /** The same, with the repeats of each alert counted. */
  timesSeen: number;
  isLowerBound: boolean;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Number of these alerts by verdict; a person's verdict replaces the computed one. */
  verdicts: Partial<Record<Malice, number>>;
  /** Number of these alerts that a person called malicious. */
  confirmedMalicious: number;
};

/** Newest alerts counted per indicator; keeps very common indicators fast. */
export const MAX_SIGHTED_ALERTS = 1_000;

type IndicatorKey = { type: IndicatorType; value: string };

export interface SightingsStore {
  /** In the order of the keys; undefined for an indicator that was never seen. */
  count(keys: readonly IndicatorKey[]): Promise<(Sightings | undefined)[]>;
}

type Row = {
  position: number;
  alertCount: number;
  timesSeen: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
} & Record<'pending' | 'benign' | 'suspicious' | 'malicious' | 'confirmedMalicious', number>;

export const createSightingsStore = (database: Database): SightingsStore => ({
  async count(keys) {
    const { rows } = await database.query<Row>(COUNT, KEYS.parameters(keys));
    const byPosition = new Map(rows.map((row) => [row.position, toSightings(row)]));
    return keys.map((_key, index) => byPosition.get(index + 1));
  },
});

const KEYS = defineRows<IndicatorKey>(
  'given',
  { type: ['text', ({ type }) => type], value: ['text', ({ value }) => value] },
  { isNumbered: true },
);

const COUNT = `
  SELECT given.position::int, i.first_seen_at AS "firstSeenAt", i.last_seen_at AS "lastSeenAt", seen.*
    FROM ${KEYS.from}
    JOIN indicators i ON i.type = given.type::indicator_type AND i.value = given.value
   CROSS JOIN LATERAL (
     SELECT count(*)::int AS "alertCount",
            coalesce(sum(1 + a.duplicate_count), 0)::int AS "timesSeen",
            count(*) FILTER (WHERE verdict = 'Pending')::int AS pending,
            count(*) FILTER (WHERE verdict = 'Benign')::int AS benign,
            count(*) FILTER (WHERE verdict = 'Suspicious')::int AS suspicious,
            count(*) FILTER (WHERE verdict = 'Malicious')::int AS malicious,
            count(*) FILTER (WHERE a.malice_override = 'Malicious')::int AS "confirmedMalicious"
       FROM (SELECT alert_id FROM alert_indicators WHERE indicator_id = i.id
              ORDER BY alert_id DESC LIMIT ${MAX_SIGHTED_ALERTS}) l
       JOIN alerts a ON a.id = l.alert_id
      CROSS JOIN LATERAL (SELECT coalesce(a.malice_override, a.malice) AS verdict) v
   ) seen`;

function toSightings(row: Row): Sightings {
  const verdicts = {
    Pending: row.pending,
    Benign: row.benign,
    Suspicious: row.suspicious,
    Malicious: row.malicious,
  };
  return {
    alertCount: row.alertCount,
    timesSeen: row.timesSeen,
    isLowerBound: row.alertCount === MAX_SIGHTED_ALERTS,
    firstSeenAt: row.firstSeenAt,
    lastSeenAt: row.lastSeenAt,
    verdicts: Object.fromEntries(Object.entries(verdicts).filter(([, count]) => count > 0)),
    confirmedMalicious: row.confirmedMalicious,
  };
}

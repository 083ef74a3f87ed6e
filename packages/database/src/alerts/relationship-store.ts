import { formatTimestamp, GRAPH_LIMITS, type RelationshipGraph } from '@calseta/common';
import { type Database } from '../core/database.js';

/** Which alerts an alert is related to, by which indicators. */
export interface RelationshipStore {
  /** Undefined for an unknown alert. */
  read(alertUuid: string): Promise<RelationshipGraph | undefined>;
}

type AlertNode = Omit<RelationshipGraph['alerts'][number], 'occurred_at'> & { occurred_at: Date };
type IndicatorNode = RelationshipGraph['indicators'][number] & { role: Edge['role'] | null };
type Edge = RelationshipGraph['edges'][number];
type Neighbour = AlertNode & { indicator_uuid: string; role: Edge['role'] | null };

const NODE = `a.id AS uuid, a.title, a.severity, a.status, coalesce(a.malice_override, a.malice) AS malice,
         a.source_name, a.occurred_at`;

const ALERT = `SELECT ${NODE}, 0 AS distance FROM alerts a WHERE a.id = $1`;

// LIMIT in a LATERAL keeps each step to look-ups by key, however many alerts have an indicator.
const INDICATORS = `
  SELECT i.id AS uuid, i.type, i.value, coalesce(i.malice_override, i.malice) AS malice, i.classification,
         i.alert_count, l.role
    FROM (SELECT * FROM alert_indicators WHERE alert_id = $1 ORDER BY position LIMIT $2) l
   CROSS JOIN LATERAL (SELECT * FROM indicators WHERE id = l.indicator_id LIMIT 1) i
   ORDER BY l.position`;

const NEIGHBOURS = `
  WITH links AS (
    SELECT given.id AS indicator_uuid, l.alert_id, l.role
      FROM unnest($2::uuid[]) AS given(id)
     CROSS JOIN LATERAL (
           SELECT alert_id, role FROM alert_indicators
            WHERE indicator_id = given.id AND alert_id <> $1 ORDER BY alert_id DESC LIMIT $3) l),
  newest AS (SELECT DISTINCT alert_id FROM links ORDER BY alert_id DESC LIMIT $4)
  SELECT ${NODE}, 1 AS distance, links.indicator_uuid, links.role
    FROM newest JOIN links USING (alert_id)
   CROSS JOIN LATERAL (SELECT * FROM alerts WHERE id = newest.alert_id LIMIT 1) a
   ORDER BY a.id DESC`;

/** One query for each level of the graph. */
export const createRelationshipStore = ({ query }: Pick<Database, 'query'>): RelationshipStore => ({
  async read(alertUuid) {
    const [self] = (await query<AlertNode>(ALERT, [alertUuid])).rows;
    if (!self) return undefined;
    const { indicators: maxIndicators, alertsOfIndicator, alerts: maxAlerts } = GRAPH_LIMITS;
    const found = (await query<IndicatorNode>(INDICATORS, [alertUuid, maxIndicators + 1])).rows;
    const indicators = found.slice(0, maxIndicators);
    const ids = indicators.map(({ uuid }) => uuid);
    const { rows: neighbours } = await query<Neighbour>(NEIGHBOURS, [
      alertUuid,
      ids,
      alertsOfIndicator,
      maxAlerts,
    ]);
    const others = new Map(neighbours.map((row) => [row.uuid, toNode(row)]));
    const edges = [
      ...indicators.map(({ uuid, role }) => toEdge(alertUuid, uuid, role)),
      ...neighbours.map(({ uuid, indicator_uuid: indicator, role }) =>
        toEdge(uuid, indicator, role),
      ),
    ];
    const isTruncated =
      found.length > maxIndicators ||
      others.size === maxAlerts ||
      indicators.some(({ alert_count: count }) => count > alertsOfIndicator + 1);
    return {
      alerts: [toNode(self), ...others.values()],
      indicators: indicators.map(toIndicatorNode),
      edges,
      is_truncated: isTruncated,
    };
  },
});

const toNode = (row: AlertNode): RelationshipGraph['alerts'][number] => ({
  uuid: row.uuid,
  title: row.title,
  severity: row.severity,
  status: row.status,
  malice: row.malice,
  source_name: row.source_name,
  occurred_at: formatTimestamp(row.occurred_at),
  distance: row.distance,
});

const toIndicatorNode = (row: IndicatorNode): RelationshipGraph['indicators'][number] => ({
  uuid: row.uuid,
  type: row.type,
  value: row.value,
  malice: row.malice,
  classification: row.classification,
  alert_count: row.alert_count,
});

const toEdge = (alert: string, indicator: string, role: Edge['role'] | null): Edge => ({
  alert_uuid: alert,
  indicator_uuid: indicator,
  ...(role != null && { role }),
});

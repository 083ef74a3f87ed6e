import { type Malice, newUuid } from '@calseta/common';
import { type Database } from '../core/database.js';
import { defineRows } from '../core/rows.js';
import { addVerdicts, subtractVerdicts } from '../pipeline/sightings/count-verdicts.js';
import { lockIndicators } from '../pipeline/sightings/lock-indicators.js';

/** Newest open alerts of an indicator that are judged again when a person decides about it. */
export const MAX_ALERTS_JUDGED_AGAIN = 100;

type Override = { uuid: string; to: Malice | null; actor: string };
type OverriddenAlert = { id: string; from: Malice; to: Malice };

/**
 * Sets or clears a person's verdict on an indicator, and judges its newest open alerts by it; false for an unknown one.
 * Nobody is pushed to: a person who decides does not surprise agents with old alerts.
 */
export const overrideIndicator = async (
  database: Pick<Database, 'transaction'>,
  { uuid, to, actor }: Override,
): Promise<boolean> =>
  await database.transaction(async (client) => {
    // Alerts are locked before indicators, as by all writers.
    const { rows: locked } = await client.query<{ id: string }>(LOCK_ALERTS, [uuid]);
    const ids = locked.map(({ id }) => id);
    lockIndicators(client, { ids: [uuid], ofAlerts: ids });
    const { rows: indicators } = await client.query<{
      type: string;
      value: string;
      from: Malice | null;
    }>(READ_INDICATOR, [uuid]);
    const [indicator] = indicators;
    if (!indicator) return false;
    const { type, value, from } = indicator;
    if (from === to) return true;
    client.send(
      'UPDATE indicators SET malice_override = $2::malice, updated_at = now() WHERE id = $1',
      [uuid, to],
    );
    subtractVerdicts(client, ids);
    const { rows: alerts } = await client.query<OverriddenAlert>(JUDGE, [ids]);
    addVerdicts(client, ids);
    const detail = { indicator: { uuid, type, value }, malice_override: { from, to } };
    const notes = alerts.map((alert) => ({ alert, detail }));
    if (notes.length > 0) client.send(NOTE, [...NOTES.parameters(notes), actor]);
    return true;
  });

const LOCK_ALERTS = `
  SELECT a.id FROM alerts a
   WHERE a.status <> 'Closed' AND a.id IN (
           SELECT alert_id FROM alert_indicators WHERE indicator_id = $1
            ORDER BY alert_id DESC LIMIT ${MAX_ALERTS_JUDGED_AGAIN})
   ORDER BY a.id FOR NO KEY UPDATE`;

const READ_INDICATOR = `
  SELECT type, value, malice_override AS "from" FROM indicators WHERE id = $1`;

/** The worst indicator decides; an alert is Benign only when every indicator is. */
const JUDGE = `
  WITH judged AS (
    SELECT l.alert_id,
           CASE WHEN bool_or(v.malice = 'Malicious') THEN 'Malicious'
                WHEN bool_or(v.malice = 'Suspicious') THEN 'Suspicious'
                WHEN bool_and(v.malice = 'Benign') THEN 'Benign'
                ELSE 'Pending' END::malice AS malice
      FROM alert_indicators l JOIN indicators i ON i.id = l.indicator_id
     CROSS JOIN LATERAL (SELECT coalesce(i.malice_override, i.malice) AS malice) v
     WHERE l.alert_id = ANY($1::uuid[])
     GROUP BY l.alert_id
  ), before AS (
    SELECT id, malice FROM alerts WHERE id = ANY($1::uuid[])
  )
  UPDATE alerts a SET malice = judged.malice, updated_at = now()
    FROM judged JOIN before ON before.id = judged.alert_id
   WHERE a.id = judged.alert_id
  RETURNING a.id, before.malice AS "from", a.malice AS "to"`;

const NOTES = defineRows<{ alert: OverriddenAlert; detail: object }>('given', {
  id: ['uuid', () => newUuid()],
  alert_id: ['uuid', ({ alert }) => alert.id],
  detail: [
    'jsonb',
    ({ alert: { from, to }, detail }) =>
      JSON.stringify({ ...detail, ...(from !== to && { malice: { from, to } }) }),
  ],
});

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT id, alert_id, now(), 'indicator_overridden', $${NOTES.nextParameter}, detail FROM ${NOTES.from}`;

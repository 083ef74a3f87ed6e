import {
  type AlertChange,
  compareMalice,
  type Malice,
  newUuid,
  type Severity,
} from '@calseta/common';
import { type Database } from '../../core/database.js';
import { addVerdicts, subtractVerdicts } from '../sightings/count-verdicts.js';
import { lockIndicators } from '../sightings/lock-indicators.js';
import { gatherUpdate, LOAD_PENDING, type PendingUpdate } from './gather-update.js';
import { savePending } from './save-pending.js';

type JudgedAlert = { severity: Severity; malice: Malice; isOverridden: boolean };

/** Lowest verdict that is reported late; a late benign answer is not news. */
const TOLD_FROM: Malice = 'Suspicious';

/**
 * Raises the verdict on an alert after its enrichment because of a late answer; never lowers it. Unless a person has
 * decided otherwise, a revision that starts at dispatch tells the agents.
 */
export const raiseMalice = async (
  database: Pick<Database, 'transaction'>,
  alertId: string,
  malice: Malice,
): Promise<void> => {
  if (compareMalice(malice, TOLD_FROM) < 0) return;
  await database.transaction(async (client) => {
    const { rows: alerts } = await client.query<JudgedAlert>(LOCK, [alertId]);
    const [alert] = alerts;
    if (!alert || compareMalice(malice, alert.malice) <= 0) return;
    const change: AlertChange = { field: 'malice', from: alert.malice, to: malice };
    lockIndicators(client, { ofAlerts: [alertId] });
    subtractVerdicts(client, [alertId]);
    client.send('UPDATE alerts SET malice = $2::malice, updated_at = now() WHERE id = $1', [
      alertId,
      malice,
    ]);
    addVerdicts(client, [alertId]);
    client.send(NOTE, [newUuid(), alertId, JSON.stringify({ from: alert.malice, to: malice })]);
    if (alert.isOverridden) return;
    const { rows } = await client.query<PendingUpdate>(LOAD_PENDING, [[alertId]]);
    const update = { changes: [change], restartFrom: 'dispatch', at: new Date() } as const;
    savePending(client, [{ alertId, pending: gatherUpdate(rows[0], alert, update) }]);
  });
};

const LOCK = `
  SELECT severity, malice, malice_override IS NOT NULL AS "isOverridden" FROM alerts
   WHERE id = $1 AND stage IN ('enriched', 'dispatched', 'failed') FOR NO KEY UPDATE`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  VALUES ($1, $2, now(), 'malice_raised', 'enricher', $3)`;

import {
  type AlertChange,
  compareMalice,
  type Malice,
  newUuid,
  type Severity,
} from '@calseta/common';
import { type Transaction } from '../../core/database.js';
import { addVerdicts, subtractVerdicts } from '../sightings/count-verdicts.js';
import { lockIndicators } from '../sightings/lock-indicators.js';
import { gatherUpdate, LOAD_PENDING, type PendingUpdate } from './gather-update.js';
import { savePending } from './save-pending.js';

export type RaisedAlert = {
  id: string;
  severity: Severity;
  malice: Malice;
  isOverridden: boolean;
  raisedTo: Malice;
};

/** Lowest verdict that is reported late; a late benign answer is not news. */
const TOLD_FROM: Malice = 'Suspicious';

/**
 * Raises verdicts on alerts after their enrichment. Unless a person has decided otherwise, a revision that starts at
 * dispatch tells the agents. The caller holds the locks of the alerts.
 */
export async function raiseMalice(
  client: Transaction,
  alerts: readonly RaisedAlert[],
): Promise<void> {
  if (alerts.length === 0) return;
  const ids = alerts.map(({ id }) => id);
  lockIndicators(client, { ofAlerts: ids });
  subtractVerdicts(client, ids);
  client.send(RAISE, [ids, alerts.map(({ raisedTo }) => raisedTo)]);
  addVerdicts(client, ids);
  client.send(NOTE, [
    alerts.map(() => newUuid()),
    ids,
    alerts.map(({ malice, raisedTo }) => JSON.stringify({ from: malice, to: raisedTo })),
  ]);
  const told = alerts.filter(
    ({ isOverridden, raisedTo }) => !isOverridden && compareMalice(raisedTo, TOLD_FROM) >= 0,
  );
  if (told.length === 0) return;
  const { rows } = await client.query<PendingUpdate & { id: string }>(LOAD_PENDING, [
    told.map(({ id }) => id),
  ]);
  const pending = new Map(rows.map((row) => [row.id, row]));
  const at = new Date();
  savePending(
    client,
    told.map((alert) => ({
      alertId: alert.id,
      pending: gatherUpdate(pending.get(alert.id), alert, {
        changes: [changeOf(alert)],
        restartFrom: 'dispatch',
        at,
      }),
    })),
  );
}

const changeOf = ({ malice, raisedTo }: RaisedAlert): AlertChange => ({
  field: 'malice',
  from: malice,
  to: raisedTo,
});

const RAISE = `
  UPDATE alerts a SET malice = given.malice::malice, updated_at = now()
    FROM unnest($1::uuid[], $2::text[]) AS given(id, malice) WHERE a.id = given.id`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT id, alert_id, now(), 'malice_raised', 'enricher', detail
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS given(id, alert_id, detail)`;

import { type Transaction } from '../../core/database.js';
import { type Columns, columnNames, defineRows } from '../../core/rows.js';

/** An answer that an alert goes on without. */
export type MissingLookup = {
  indicatorId: string;
  providerName: string;
  /** Time of the earlier answer that the alert has instead. */
  knownAt?: Date;
};

type MissingOfAlert = MissingLookup & { alertId: string };

const COLUMNS: Columns<MissingOfAlert> = {
  alert_id: ['uuid', ({ alertId }) => alertId],
  indicator_id: ['uuid', ({ indicatorId }) => indicatorId],
  provider_name: ['text', ({ providerName }) => providerName],
  known_at: ['timestamptz', ({ knownAt }) => knownAt ?? null],
};
const ROWS = defineRows('given', COLUMNS);

const INSERT = `
  INSERT INTO missing_lookups (${columnNames(COLUMNS)}) SELECT * FROM ${ROWS.from}
  ON CONFLICT DO NOTHING`;

/** Replaces what alerts go on without; the caller holds their locks. */
export function writeMissingLookups(
  client: Transaction,
  alerts: readonly { alertId: string; revision: number; missing: readonly MissingLookup[] }[],
): void {
  const again = alerts.filter(({ revision }) => revision > 1).map(({ alertId }) => alertId);
  if (again.length > 0) {
    client.send('DELETE FROM missing_lookups WHERE alert_id = ANY($1::uuid[])', [again]);
  }
  addMissingLookups(client, alerts);
}

/** Adds to what alerts go on without. */
export function addMissingLookups(
  client: Transaction,
  alerts: readonly { alertId: string; missing: readonly MissingLookup[] }[],
): void {
  const rows = alerts.flatMap(({ alertId, missing }) =>
    missing.map((lookup) => ({ ...lookup, alertId })),
  );
  if (rows.length > 0) client.send(INSERT, ROWS.parameters(rows));
}

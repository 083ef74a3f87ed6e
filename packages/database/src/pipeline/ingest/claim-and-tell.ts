import { type OperatorEvent } from '@calseta/common';
import { type Connection, type Database } from '../../core/database.js';
import { createEvents } from '../../events/create-events.js';
import { type Claim, claimAlerts } from './claim-alerts.js';
import { quarantineCodeOf } from './claim-columns.js';
import { type IngestItem } from './ingest-item.js';

/** As `claimAlerts`; of alerts that are quarantined, the same transaction tells the agents that want to know. */
export async function claimAndTell(
  database: Pick<Database, 'query' | 'transaction'>,
  items: readonly IngestItem[],
): Promise<Claim[]> {
  if (items.every((item) => quarantineCodeOf(item) === null)) {
    return await claimAlerts(database, items);
  }
  return await database.transaction(async (client) => {
    const claims = await claimAlerts(client, items);
    await tellOfQuarantined(client, items, claims);
    return claims;
  });
}

/** Makes the events about alerts that are new and quarantined; a repeat of one is only counted. */
export async function tellOfQuarantined(
  client: Connection,
  items: readonly IngestItem[],
  claims: readonly Claim[],
): Promise<void> {
  const events = items.flatMap((item, index): OperatorEvent[] => {
    const code = quarantineCodeOf(item);
    const claim = claims[index];
    if (code === null || !claim?.isStored) return [];
    const data = { alert_uuid: claim.alertId, source_name: item.sourceName, code };
    return [{ event: 'alert.quarantined', data }];
  });
  await createEvents((text, values) => client.query(text, values), events);
}

import { type Database } from '@calseta/database';
import { aStoredAlert, type StoredAlert } from '@calseta/testing';

/** A dispatched alert. */
export const insertAlert = async (database: Database, alert: StoredAlert = {}): Promise<string> =>
  await aStoredAlert(database, {
    title: 'Impossible Travel Detected',
    severity: 'High',
    tags: ['identity'],
    stage: 'dispatched',
    enrichmentStatus: 'Enriched',
    enrichedAt: new Date(),
    rawPayload: { original: 'source data' },
    ...alert,
  });

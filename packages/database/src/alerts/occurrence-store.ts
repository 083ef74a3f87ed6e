import {
  type AlertChange,
  formatTimestamp,
  type OccurrenceResource,
  parseExactly,
  uuidSchema,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { type OriginalAlert } from './alert-store.js';
import { type Page, type PageRequest, readLargeKeysetPage } from '../core/page.js';

/** Later messages about an alert whose payloads are stored. */
export interface OccurrenceStore {
  /** Oldest first. */
  list(alertUuid: string, page: PageRequest): Promise<Page<OccurrenceResource>>;
  /** Undefined where the alert has no such occurrence. */
  getOriginal(alertUuid: string, uuid: string): Promise<OriginalAlert | undefined>;
}

type OccurrenceRow = { id: string; receivedAt: Date; changes: AlertChange[]; json: string };

const ROWS = {
  table: 'alert_occurrences',
  bytes: 'octet_length(r.raw_payload::text) + octet_length(r.changes::text)',
};

const FIND = `
  SELECT id FROM alert_occurrences WHERE alert_id = $1 AND ($2::uuid IS NULL OR id > $2)
   ORDER BY id LIMIT $3`;

const READ = `
  SELECT id, received_at AS "receivedAt", changes, raw_payload::text AS json
    FROM alert_occurrences WHERE id = ANY($1::uuid[]) ORDER BY id`;

const GET_ORIGINAL = `
  SELECT coalesce(original_body, convert_to(raw_payload::text, 'UTF8')) AS bytes,
         original_content_type AS "contentType"
    FROM alert_occurrences WHERE alert_id = $1 AND id = $2`;

export const createOccurrenceStore = (database: Database): OccurrenceStore => ({
  list: async (alertId, page) =>
    await readLargeKeysetPage(database, page, {
      rows: ROWS,
      positionSchema: uuidSchema,
      positionOf: ({ id }: { id: string }) => id,
      find: async (after, take) =>
        (await database.query<{ id: string }>(FIND, [alertId, after ?? null, take])).rows,
      read: async (places) =>
        (await database.query<OccurrenceRow>(READ, [places.map(({ id }) => id)])).rows,
      count: async () => await database.prisma.alertOccurrence.count({ where: { alertId } }),
      toResource: ({ id, receivedAt, changes, json }) => ({
        uuid: id,
        received_at: formatTimestamp(receivedAt),
        changes,
        raw_payload: parseExactly(json),
        links: { raw: `/v1/alerts/${alertId}/occurrences/${id}/raw` },
      }),
    }),

  async getOriginal(alertId, id) {
    const { rows } = await database.query<OriginalAlert>(GET_ORIGINAL, [alertId, id]);
    return rows[0];
  },
});

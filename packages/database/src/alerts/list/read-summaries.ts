import { type AlertSummary } from '@calseta/common';
import {
  type AlertSummaryRow,
  OMITTED_IN_LISTS,
  summaryBytes,
  toAlertSummary,
} from '../alert-resource.js';
import { type Connection } from '../../core/database.js';
import { Prisma } from '../../generated/client.js';

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Written out, because reading a page through Prisma takes twice as long as finding most pages. */
const READ = `
  SELECT ${Object.values(Prisma.AlertScalarFieldEnum)
    .filter((field) => !(field in OMITTED_IN_LISTS))
    .map((field) => `a.${snakeCase(field)} AS "${field}"`)
    .join(', ')}
    FROM alerts a WHERE a.id = ANY($1::uuid[])`;

const READ_SMALL = `${READ}
     AND (SELECT sum(${summaryBytes('r')}) FROM alerts r WHERE r.id = ANY($1::uuid[])) <= $2`;

/** The alerts with these ids that are there, by id; none where their texts are more than `maxBytes`. */
export async function readSummaries(
  { query }: Connection,
  ids: readonly string[],
  maxBytes?: number,
): Promise<Map<string, AlertSummary>> {
  if (ids.length === 0) return new Map();
  const { rows } =
    maxBytes === undefined
      ? await query<AlertSummaryRow>(READ, [ids])
      : await query<AlertSummaryRow>(READ_SMALL, [ids, maxBytes]);
  return new Map(rows.map((row) => [row.id, toAlertSummary(row)]));
}

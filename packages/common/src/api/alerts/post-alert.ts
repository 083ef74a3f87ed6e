import { z } from 'zod';
import { sourceNameSchema } from '../http/fields.js';
import { INGEST_HEADERS } from '../sources/ingest.js';

/** An alert that is posted to the API and not at the ingest route of its source. */
export const postAlertSchema = z
  .strictObject({
    source_name: sourceNameSchema,
    payload: z
      .unknown()
      .refine((payload) => payload !== undefined, { message: 'is missing' })
      .describe(
        'The alert in the format of its source, or a list of alerts; at most 1 MiB of JSON',
      ),
  })
  .meta({ id: 'PostAlert' });
export type PostAlert = { source_name: string; payload: unknown };

export const postAlertHeadersSchema = z.object({
  [INGEST_HEADERS.idempotencyKey]: z
    .string()
    .optional()
    .describe('Names the alert together with its text, as at ingest: sent again it is a repeat'),
});

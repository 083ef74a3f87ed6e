import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { problemSchema } from './http/problem.js';

/**
 * The generic source's documented format. For reference only: the plugin reads what it can, and refuses
 * nothing but a missing title.
 */
export const genericAlertSchema = z
  .looseObject({
    title: z.string().describe('Alert title'),
    severity: z
      .string()
      .optional()
      .describe('Informational, Low, Medium, High or Critical; anything else is Pending'),
    occurred_at: z.string().optional().describe('ISO 8601; without it the time of receipt'),
    description: z.string().optional(),
    tags: z.array(z.string()).optional(),
    source_rule_id: z.string().optional().describe('Detection rule id in the source system'),
    indicators: z
      .array(z.object({ type: z.string(), value: z.string() }))
      .optional()
      .describe(
        'Types: ip, domain, hash_md5, hash_sha1, hash_sha256, url, email, account. More are found in the rest of the payload.',
      ),
  })
  .meta({ id: 'GenericAlert' });

export const INGEST_STATUSES = ['queued', 'deduplicated', 'quarantined'] as const;

export const ingestResultSchema = z
  .object({
    alert_uuid: uuidSchema,
    status: z.enum(INGEST_STATUSES),
    is_duplicate: z.boolean(),
    duplicate_count: z.int(),
  })
  .meta({ id: 'IngestResult' });
export type IngestResult = z.infer<typeof ingestResultSchema>;

/** The answer to an array or NDJSON: one entry for each item, in its order. */
export const ingestBatchResultSchema = z
  .object({ results: z.array(z.union([ingestResultSchema, problemSchema])) })
  .meta({ id: 'IngestBatchResult' });

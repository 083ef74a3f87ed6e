import { z } from 'zod';
import { ingestBatchResultSchema, ingestResultSchema } from '../api/sources/ingest.js';

/** An alert's limit of ingest, in UTF-8. */
export const MAX_POSTED_PAYLOAD_BYTES = 1024 * 1024;
/** A JSON text within a JSON text is at most twice as long; the rest of the request is short. */
export const MAX_INGEST_REQUEST_BYTES = 2 * MAX_POSTED_PAYLOAD_BYTES + 4_096;

export const ingestRequestSchema = z.object({
  source_name: z.string(),
  /** JSON text, as it was sent. */
  body: z.string(),
  /** Id of the key that sends it. */
  actor: z.string(),
  idempotency_key: z.string().optional(),
});
export type IngestRequest = z.infer<typeof ingestRequestSchema>;

export const ingestAnswerSchema = z.union([ingestResultSchema, ingestBatchResultSchema]);
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;

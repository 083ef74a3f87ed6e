import {
  AppError,
  dataEnvelope,
  genericAlertSchema,
  ingestBatchResultSchema,
  ingestResultSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { z } from 'zod';

/** Documents what ingest-api serves under the same base URL; requests never get here. */
export const ingestRoute: Route = defineRoute({
  method: 'POST',
  path: '/v1/ingest/{source_name}',
  operationId: 'ingestAlerts',
  scope: 'alerts:ingest',
  summary: 'Send alerts of a source',
  description:
    'One alert, an array of them, NDJSON, or objects back to back; gzip is allowed. What is nearly JSON is ' +
    'repaired with a note; other text is kept in quarantine and answered 400 with `alert_uuid`. UTF-8 is expected; UTF-16 with a byte-order mark, ' +
    'and charsets that `Content-Type` declares, are read. 202 means committed. The body is of the ' +
    'source’s own format; the one of `generic` is shown. Senders that cannot set a header post to ' +
    '`/v1/ingest/{source_name}/{url_token}`. An `Idempotency-Key` names each alert together with its ' +
    'text: sent again it is a repeat, and other content under the same key is another alert.',
  tags: ['Ingest'],
  params: z.object({ source_name: z.string() }),
  body: z.union([genericAlertSchema, z.array(genericAlertSchema)]),
  responses: { 202: dataEnvelope(z.union([ingestResultSchema, ingestBatchResultSchema])) },
  // Not as on other routes: a key is never refused, and no answer is kept.
  idempotent: false,
  errors: [
    'source.unknown',
    'auth.signature_invalid',
    'request.rate_limited',
    'request.too_large',
    'request.malformed',
    'request.unsupported_media_type',
    'service.overloaded',
  ],
  handler: async () =>
    await Promise.reject(new AppError('route.not_found', 'ingest-api serves this path.')),
});

import {
  dataEnvelope,
  ingestAnswerSchema,
  INGEST_HEADERS,
  jsonData,
  MAX_POSTED_PAYLOAD_BYTES,
  postAlertHeadersSchema,
  postAlertSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type AlertOperations } from '../../operations/alerts/alerts.js';
import { callerOf } from '../caller.js';

/** Bytes of a body beside its payload. */
const ENVELOPE_BYTES = 4_096;

export const postAlertRoute = ({ post }: Pick<AlertOperations, 'post'>): Route =>
  defineRoute({
    ...post.access,
    method: 'POST',
    path: '/v1/alerts',
    operationId: 'postAlert',
    summary: 'Send an alert of a source, as `POST /v1/ingest/{source_name}` does',
    description:
      'Read, deduplicated and committed like any other: 202 means committed. After a 503 send it again; if it was ' +
      'stored it is recognised as a repeat. Signed sources and larger batches go to their ingest route.',
    tags: ['Alerts'],
    body: postAlertSchema,
    rawField: 'payload',
    headers: postAlertHeadersSchema,
    maxBodyBytes: MAX_POSTED_PAYLOAD_BYTES + ENVELOPE_BYTES,
    // As at ingest: a key is part of what tells alerts apart, and is never refused.
    idempotent: false,
    responses: { 202: dataEnvelope(ingestAnswerSchema) },
    errors: [
      'auth.signature_invalid',
      'source.unknown',
      'request.rate_limited',
      'service.overloaded',
      'service.unavailable',
    ],
    handler: async ({ body, ...input }) => {
      const key = input.request.headers[INGEST_HEADERS.idempotencyKey.toLowerCase()];
      const posted = {
        source_name: body.source_name,
        payload: body.payload as string,
        ...(typeof key === 'string' && key.trim() !== '' && { idempotencyKey: key.trim() }),
      };
      return reply(202, jsonData(await post.run(posted, callerOf(input))));
    },
  });

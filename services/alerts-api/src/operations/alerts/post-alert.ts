import { createBulkhead } from '@calseta/async';
import {
  AppError,
  type IngestAnswer,
  MAX_POSTED_PAYLOAD_BYTES,
  REQUESTS,
  requireSource,
} from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { operation } from '../operation.js';

export type PostAlertDeps = { transport: Pick<PipelineTransport, 'request'> };

/** `payload` is JSON text, as it was sent. */
type PostAlertInput = {
  source_name: string;
  payload: string;
  idempotencyKey?: string;
};

/** Requests that are with ingest-api at once, and that wait for it: each holds a payload. */
export const POSTED_AT_ONCE = { maxRunning: 16, maxWaiting: 48 };

/** Hands an alert to ingest-api, which reads, deduplicates and commits it like any other. */
export function postAlertOperation({ transport }: PostAlertDeps) {
  const places = createBulkhead(POSTED_AT_ONCE);
  return operation(
    { scope: 'alerts:ingest' },
    async (input: PostAlertInput, { principal, traceparent }): Promise<IngestAnswer> => {
      requireSource(principal, input.source_name);
      if (Buffer.byteLength(input.payload) > MAX_POSTED_PAYLOAD_BYTES) {
        throw new AppError(
          'request.too_large',
          `A payload may have ${MAX_POSTED_PAYLOAD_BYTES} bytes; send more to /v1/ingest/${input.source_name}.`,
        );
      }
      const request = {
        source_name: input.source_name,
        body: input.payload,
        actor: principal.keyId,
        idempotency_key: input.idempotencyKey,
      };
      return await places.run(
        async () => await transport.request(REQUESTS.ingest, request, { traceparent }),
      );
    },
  );
}

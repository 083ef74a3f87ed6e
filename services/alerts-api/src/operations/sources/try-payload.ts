import {
  AppError,
  type DryRunAnswer,
  type DryRunRequest,
  MAX_TRIED_PAYLOAD_BYTES,
  REQUESTS,
} from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';

export type TryPayload = (request: DryRunRequest, traceparent: string) => Promise<DryRunAnswer>;

/** Asks ingest-api, which has the source plugins, how it would read a payload. */
export const createTryPayload =
  (transport: Pick<PipelineTransport, 'request'>): TryPayload =>
  async (request, traceparent) => {
    const bytes = Buffer.byteLength(JSON.stringify(request.payload ?? null));
    if (bytes > MAX_TRIED_PAYLOAD_BYTES) {
      throw new AppError(
        'request.too_large',
        `A payload of up to ${MAX_TRIED_PAYLOAD_BYTES} bytes can be tried.`,
      );
    }
    return await transport.request(REQUESTS.tryPayload, request, { traceparent });
  };

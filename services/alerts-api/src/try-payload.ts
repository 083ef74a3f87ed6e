import {
  AppError,
  DRY_RUN_TOPIC,
  type DryRunAnswer,
  dryRunAnswerSchema,
  type DryRunRequest,
  MAX_TRIED_PAYLOAD_BYTES,
} from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';

export type TryPayload = (request: DryRunRequest, traceparent: string) => Promise<DryRunAnswer>;

/** How long ingest-api may take. */
const DRY_RUN_TIMEOUT_MS = 5_000;

/** Asks ingest-api, which knows the sources, what would become of a payload. */
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
    const answer = await transport.request(DRY_RUN_TOPIC, request, {
      timeoutMs: DRY_RUN_TIMEOUT_MS,
      traceparent,
    });
    return dryRunAnswerSchema.parse(answer);
  };

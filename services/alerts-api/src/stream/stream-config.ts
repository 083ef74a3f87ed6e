import { type Config, milliseconds } from '@calseta/platform';
import { z } from 'zod';

const count = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum);

/** Limits of `GET /v1/stream`. */
export const streamConfig = {
  STREAMS_MAX: count(1, 10_000)
    .default(200)
    .describe('Streams of alert changes that a process serves at once; more are refused.'),
  STREAMS_MAX_PER_KEY: count(1, 10_000)
    .default(10)
    .describe('Streams of one key that a process serves at once; more are refused.'),
  STREAM_HEARTBEAT_MS: milliseconds(100, 60_000)
    .default(15_000)
    .describe('Time between two heartbeats of a stream, ms.'),
  STREAM_MAX_UNREAD_BYTES: count(16_384, 67_108_864)
    .default(1_048_576)
    .describe('Bytes that a client may leave unread before its stream is ended.'),
} as const;
export type StreamConfig = Config<typeof streamConfig>;

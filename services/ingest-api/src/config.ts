import { UPDATE_GATHERING_MS, UPDATES_PER_HOUR } from '@calseta/common';
import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig } from '@calseta/messaging';
import { type Config, encryptionConfig } from '@calseta/platform';
import { z } from 'zod';
import { MAX_BATCH_ALERTS } from './body/check-limits.js';

const count = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum);

/** Variables that only ingest-api reads. */
export const ingestApiConfig = {
  ...encryptionConfig,
  INGEST_MAX_QUEUED: count(MAX_BATCH_ALERTS, 1_000_000)
    .default(10_000)
    .describe(
      'Alerts that wait for the database at most; a request that would exceed it gets 503.',
    ),
  INGEST_MAX_WAITING_BODIES: count(1, 10_000)
    .default(16)
    .describe('Bodies over 16 KiB that wait to be read at most; beyond, senders get 503.'),
  INGEST_MAX_BODY_MEMORY_BYTES: count(10_485_760, 17_179_869_184)
    .default(67_108_864)
    .describe(
      'Memory for request bodies in work and what envelopes become, bytes; beyond, senders get 503.',
    ),
  INGEST_MAX_PUBLISHING: count(1, 100_000)
    .default(50_000)
    .describe(
      'Messages for the broker kept in memory at most; beyond, the sweeper publishes them.',
    ),
  UPDATE_GATHERING_MS: count(0, 600_000)
    .default(UPDATE_GATHERING_MS)
    .describe(
      'How long updates of one alert are gathered before it is pushed again, ms; what is more severe than ever waits for nothing.',
    ),
  UPDATES_PER_HOUR: count(1, 3_600)
    .default(UPDATES_PER_HOUR)
    .describe(
      'How often updates of one alert have it pushed again in an hour; what comes beyond is stored and pushed later.',
    ),
} as const;
export type IngestApiConfig = Config<typeof ingestApiConfig>;

/** Variables that ingest-api also needs when it runs in its own process. */
export const ingestApiProcessConfig = {
  ...ingestApiConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

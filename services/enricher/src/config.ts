import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig } from '@calseta/messaging';
import { type Config, milliseconds } from '@calseta/platform';
import { z } from 'zod';

const enrichmentConfig = {
  ENRICHMENT_DEADLINE_MS: milliseconds(10, 120_000)
    .default(10_000)
    .describe('How long an alert waits for its providers; what is missing then is named, ms.'),
  THREAT_LISTS_DIR: z
    .string()
    .optional()
    .describe('Directory with allow/ and deny/ lists (txt, csv, json), read again when changed.'),
  IP_INTEL_FILE: z
    .string()
    .optional()
    .describe('CSV of cidr, asn, org, country for ip_intel, read again when changed.'),
  SWEEP_INTERVAL_MS: milliseconds(100, 600_000)
    .default(5_000)
    .describe('How often stalled alerts are looked for while the queue is nearly empty, ms.'),
  SWEEP_BATCH_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('Stalled alerts that are published again per look.'),
} as const;

/** What the enricher reads from its environment, besides what every process reads. */
export const enricherConfig = {
  ...databaseConfig,
  ...rabbitmqConfig,
  ...enrichmentConfig,
} as const;

/** The share of it that the service itself needs, whoever opened the connections. */
export type EnricherSettings = Pick<
  Config<typeof enricherConfig>,
  'AMQP_PREFETCH' | keyof typeof enrichmentConfig
>;

import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig } from '@calseta/messaging';
import { type Config, milliseconds } from '@calseta/platform';
import { z } from 'zod';

const sweepConfig = {
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

/** What the extractor reads from its environment, besides what every process reads. */
export const extractorConfig = { ...databaseConfig, ...rabbitmqConfig, ...sweepConfig } as const;

/** The share of it that the service itself needs, whoever opened the connections. */
export type ExtractorSettings = Pick<
  Config<typeof extractorConfig>,
  'AMQP_PREFETCH' | 'SWEEP_INTERVAL_MS' | 'SWEEP_BATCH_SIZE'
>;

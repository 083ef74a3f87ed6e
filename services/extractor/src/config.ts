import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import { type Config, ownDomainsConfig } from '@calseta/platform';
import { z } from 'zod';

/** Environment variables of the extractor. */
export const extractorConfig = {
  ...stageConfig,
  ...ownDomainsConfig,
  EXTRACTION_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1_024 ** 2)
    .max(1_024 ** 3)
    .default(8 * 1_024 ** 2)
    .describe(
      'Bytes of payloads that each lane, normal and urgent, loads at once, and of indicators that it holds until they are saved; further alerts wait. A larger alert goes alone.',
    ),
} as const;
export type ExtractorConfig = Config<typeof extractorConfig>;

/** With those that a separate process needs. */
export const extractorProcessConfig = {
  ...extractorConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

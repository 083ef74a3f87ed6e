import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import { type Config, ownDomainsConfig } from '@calseta/platform';

/** Environment variables of the extractor. */
export const extractorConfig = { ...stageConfig, ...ownDomainsConfig } as const;
export type ExtractorConfig = Config<typeof extractorConfig>;

/** With those that a separate process needs. */
export const extractorProcessConfig = {
  ...extractorConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

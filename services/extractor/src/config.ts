import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import { type Config, ownDomainsConfig } from '@calseta/platform';

/** What the extractor itself reads from the environment. */
export const extractorConfig = { ...stageConfig, ...ownDomainsConfig } as const;
export type ExtractorConfig = Config<typeof extractorConfig>;

/** What a process of its own needs besides. */
export const extractorProcessConfig = {
  ...extractorConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

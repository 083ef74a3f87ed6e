import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import {
  type Config,
  egressConfig,
  encryptionConfig,
  milliseconds,
  ownDomainsConfig,
} from '@calseta/platform';
import { z } from 'zod';
import { providerConfig } from './providers/http/environment.js';

/** What the enricher itself reads from the environment. */
export const enricherConfig = {
  ...stageConfig,
  ...ownDomainsConfig,
  ...encryptionConfig,
  ...egressConfig,
  ...providerConfig,
  ENRICHMENT_DEADLINE_MS: milliseconds(10, 25_000)
    .default(10_000)
    .meta({
      description: 'How long an alert waits for its providers; what is missing then is named, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
  THREAT_LISTS_DIR: z
    .string()
    .optional()
    .describe('Directory with allow/ and deny/ lists (txt, csv, json), read again when changed.'),
  IP_INTEL_FILE: z
    .string()
    .optional()
    .describe('CSV of cidr, asn, org, country for ip_intel, read again when changed.'),
} as const;
export type EnricherConfig = Config<typeof enricherConfig>;

/** What a process of its own needs besides. */
export const enricherProcessConfig = {
  ...enricherConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

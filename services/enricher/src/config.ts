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

/** Environment variables of the enricher. */
export const enricherConfig = {
  ...stageConfig,
  ...ownDomainsConfig,
  ...encryptionConfig,
  ...egressConfig,
  ...providerConfig,
  ENRICHMENT_DEADLINE_MS: milliseconds(10, 25_000)
    .default(10_000)
    .meta({
      description:
        'Longest wait of an alert for its providers; those that are missing then are named, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
  ENRICHMENT_MAX_INDICATORS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe(
      'Indicators that alerts in work hold in memory in each lane, normal and urgent; further alerts wait. An alert with more goes alone.',
    ),
  WAITING_LOOKUPS_MAX_COUNT: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe(
      'Lookups that wait until their providers may be asked, over all replicas; more are dropped and counted.',
    ),
  WAITING_LOOKUPS_MAX_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(86_400)
    .describe('Longest wait of a lookup for quota, s; then it is dropped and counted.'),
  WAITING_LOOKUPS_INTERVAL_MS: milliseconds(50, 60_000)
    .default(1_000)
    .describe(
      'Interval at which waiting lookups are asked as far as the quotas go, ms; five times that while none waits.',
    ),
  THREAT_LISTS_DIR: z
    .string()
    .optional()
    .describe(
      'Directory with allow/ and deny/ lists (txt, csv, json); changes are read within seconds.',
    ),
  IP_INTEL_FILE: z
    .string()
    .optional()
    .describe('CSV of cidr, asn, org, country for ip_intel; changes are read within seconds.'),
} as const;
export type EnricherConfig = Config<typeof enricherConfig>;

/** With those that a separate process needs. */
export const enricherProcessConfig = {
  ...enricherConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

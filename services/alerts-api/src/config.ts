import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig } from '@calseta/messaging';
import {
  egressConfig,
  encryptionConfig,
  ownDomainsConfig,
  secretText,
  type Config,
} from '@calseta/platform';

/** What alerts-api itself reads from the environment. */
export const alertsApiConfig = {
  ...encryptionConfig,
  ...egressConfig,
  ...ownDomainsConfig,
  CALSETA_BOOTSTRAP_API_KEY: secretText(32)
    .optional()
    .describe(
      'Admin key of the first start: any `cai_…` string of at least 32 characters. Without it one is made and printed once.',
    ),
} as const;
export type AlertsApiConfig = Config<typeof alertsApiConfig>;

/** What a process of its own needs besides. */
export const alertsApiProcessConfig = {
  ...alertsApiConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

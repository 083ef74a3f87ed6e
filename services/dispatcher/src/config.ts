import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import { type Config, egressConfig, encryptionConfig, milliseconds } from '@calseta/platform';
import { z } from 'zod';

/** What the dispatcher itself reads from the environment. */
export const dispatcherConfig = {
  ...stageConfig,
  ...encryptionConfig,
  ...egressConfig,
  CALSETA_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/(?<!\/)\/+$/, ''))
    .default('http://localhost:8000')
    .describe('Where agents reach this Calseta; the links in pushes begin with it.'),
  DELIVERY_POLL_INTERVAL_MS: milliseconds(50, 60_000)
    .default(500)
    .meta({
      description: 'How often Postgres is asked for deliveries that are due, ms.',
      lessThan: { variable: 'DELIVERY_LEASE_MS' },
    }),
  DELIVERY_LEASE_MS: milliseconds(1_000, 600_000)
    .default(30_000)
    .describe('After which the deliveries of a dispatcher that died are attempted by another, ms.'),
  DELIVERY_DRAIN_MS: milliseconds(0, 600_000)
    .default(7_000)
    .meta({
      description: 'Time that attempts under way have at shutdown before they are given back, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
} as const;
export type DispatcherConfig = Config<typeof dispatcherConfig>;

/** What a process of its own needs besides. */
export const dispatcherProcessConfig = {
  ...dispatcherConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

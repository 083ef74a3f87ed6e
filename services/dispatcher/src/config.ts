import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import {
  type Config,
  deliveryConfig,
  egressConfig,
  encryptionConfig,
  milliseconds,
} from '@calseta/platform';

const DAY_MS = 86_400_000;

/** Environment variables of the dispatcher. */
export const dispatcherConfig = {
  ...stageConfig,
  ...encryptionConfig,
  ...egressConfig,
  ...deliveryConfig,
  DELIVERY_POLL_INTERVAL_MS: milliseconds(50, 60_000)
    .default(500)
    .meta({
      description: 'Interval at which due deliveries are claimed from Postgres, ms.',
      lessThan: { variable: 'DELIVERY_LEASE_MS' },
    }),
  DELIVERY_LEASE_MS: milliseconds(1_000, 600_000)
    .default(30_000)
    .describe('Time after which another dispatcher attempts the deliveries of one that died, ms.'),
  DELIVERY_DISABLE_AGENT_MS: milliseconds(1_000, 30 * DAY_MS)
    .default(DAY_MS)
    .describe('Time of failures without a success after which an agent is disabled, ms.'),
  DELIVERY_DRAIN_MS: milliseconds(0, 600_000)
    .default(7_000)
    .meta({
      description:
        'Time that attempts have to end at shutdown; later ones are aborted and released, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
} as const;
export type DispatcherConfig = Config<typeof dispatcherConfig>;

/** With those that a separate process needs. */
export const dispatcherProcessConfig = {
  ...dispatcherConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

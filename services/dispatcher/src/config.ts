import { PUSH_BYTES } from '@calseta/common';
import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig, stageConfig } from '@calseta/messaging';
import {
  type Config,
  deliveryConfig,
  egressConfig,
  encryptionConfig,
  milliseconds,
} from '@calseta/platform';

import { z } from 'zod';

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
  DELIVERY_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .min(2 * PUSH_BYTES.max)
    .max(4 * 1_024 ** 3)
    .default(64 * 1_024 ** 2)
    .describe(
      'Bytes that the bodies of all pushes under way take in memory; further pushes wait. TLS may take as much again.',
    ),
  DELIVERY_DRAIN_MS: milliseconds(0, 600_000)
    .default(7_000)
    .meta({
      description:
        'Time that attempts have to end at shutdown; later ones are aborted and released, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
  WORKFLOW_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Runs of workflows that one dispatcher executes at a time.'),
  WORKFLOW_POLL_INTERVAL_MS: milliseconds(50, 60_000)
    .default(1_000)
    .meta({
      description:
        'Interval at which runs of workflows are claimed without being told of them, ms.',
      lessThan: { variable: 'WORKFLOW_LEASE_MS' },
    }),
  WORKFLOW_LEASE_MS: milliseconds(1_000, 600_000)
    .default(30_000)
    .describe('Time after which another dispatcher goes on with the runs of one that died, ms.'),
  WORKFLOW_STEP_TIMEOUT_MS: milliseconds(100, 120_000)
    .default(15_000)
    .describe('Time that one step of a workflow has to be answered, ms.'),
} as const;
export type DispatcherConfig = Config<typeof dispatcherConfig>;

/** With those that a separate process needs. */
export const dispatcherProcessConfig = {
  ...dispatcherConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;

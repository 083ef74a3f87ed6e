import { alertsApiConfig } from '@calseta/alerts-api';
import { dispatcherConfig } from '@calseta/dispatcher';
import { enricherConfig } from '@calseta/enricher';
import { extractorConfig } from '@calseta/extractor';
import { ingestApiConfig } from '@calseta/ingest-api';
import { egressConfig, logConfig, type baseConfig, type Config } from '@calseta/platform';
import { z } from 'zod';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** What the one process of standalone reads from the environment. */
export const standaloneConfig = {
  ...ingestApiConfig,
  ...extractorConfig,
  ...enricherConfig,
  ...dispatcherConfig,
  ...alertsApiConfig,
  CALSETA_EGRESS_ALLOW: egressConfig.CALSETA_EGRESS_ALLOW.unwrap().default(LOOPBACK),
  LOG_LEVEL: logConfig.LOG_LEVEL.unwrap().default('warn'),
  CALSETA_DATA_DIR: z
    .string()
    .min(1)
    .default('.calseta')
    .describe('Where the embedded Postgres and generated keys are kept.'),
  CALSETA_DEMO: z
    .stringbool()
    .default(true)
    .describe('Runs the echo agent and sends it a sample alert.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('Postgres to use instead of the embedded one.'),
  AMQP_URL: z
    .url({ protocol: /^amqps?$/ })
    .optional()
    .describe('RabbitMQ to use instead of the in-process transport.'),
} as const;

export type StandaloneConfig = Config<typeof standaloneConfig & typeof baseConfig>;

import { alertsApiConfig } from '@calseta/alerts-api';
import { databaseConfig } from '@calseta/database';
import { dispatcherConfig } from '@calseta/dispatcher';
import { enricherConfig } from '@calseta/enricher';
import { extractorConfig } from '@calseta/extractor';
import { ingestApiConfig } from '@calseta/ingest-api';
import { rabbitmqConfig } from '@calseta/messaging';
import {
  egressConfig,
  encryptionConfig,
  httpConfig,
  logConfig,
  type baseConfig,
  type Config,
} from '@calseta/platform';
import { z } from 'zod';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Variables of the standalone process. */
export const standaloneConfig = {
  ...databaseConfig,
  ...rabbitmqConfig,
  ...ingestApiConfig,
  ...extractorConfig,
  ...enricherConfig,
  ...dispatcherConfig,
  ...alertsApiConfig,
  HTTP_HOST: httpConfig.HTTP_HOST.unwrap()
    .default('127.0.0.1')
    .describe('Address to listen on: this machine only, unless it is `0.0.0.0` or one of yours.'),
  CALSETA_ENCRYPTION_KEY: encryptionConfig.CALSETA_ENCRYPTION_KEY.describe(
    'Encrypts stored secrets: 32 bytes in base64 or hex (`openssl rand -base64 32`). Several, separated by commas, while rotating: the first encrypts. Without it, one is made and kept in CALSETA_DATA_DIR.',
  ),
  CALSETA_EGRESS_ALLOW: egressConfig.CALSETA_EGRESS_ALLOW.unwrap()
    .default(LOOPBACK)
    .describe(
      'Private networks that webhooks may go to, as CIDRs separated by commas; set but empty, none.',
    ),
  LOG_LEVEL: logConfig.LOG_LEVEL.unwrap()
    .default('warn')
    .describe('Lowest level that is written: debug, info, warn or error.'),
  CALSETA_PUBLIC_URL: dispatcherConfig.CALSETA_PUBLIC_URL.unwrap()
    .optional()
    .describe('Where agents reach this Calseta; without it, localhost and HTTP_PORT.'),
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

export const publicUrlOf = (
  config: Pick<StandaloneConfig, 'CALSETA_PUBLIC_URL' | 'HTTP_PORT'>,
): string => config.CALSETA_PUBLIC_URL ?? `http://localhost:${config.HTTP_PORT}`;

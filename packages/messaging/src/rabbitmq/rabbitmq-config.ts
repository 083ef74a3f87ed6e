import { readFileSync } from 'node:fs';
import { readTlsFiles } from '@calseta/common';
import { z } from 'zod';
import { type BrokerMetrics, type RabbitmqOptions } from './connect-rabbitmq.js';
import { type TransportLog } from '../transport-log.js';

const path = z.string().min(1).optional();

/** Environment variables of RabbitMQ; the files are read at start. */
export const rabbitmqConfig = {
  AMQP_URL: z.url({ protocol: /^amqps?$/ }).meta({
    description:
      'RabbitMQ, with credentials and vhost: `amqp://user:password@host/vhost`, or `amqps://…` with TLS.',
  }),
  AMQP_CA_FILE: path.describe(
    'PEM file of the authorities that the certificate of RabbitMQ is checked against, instead of the usual ones.',
  ),
  AMQP_CERT_FILE: path.describe('PEM file of the client certificate for RabbitMQ.'),
  AMQP_KEY_FILE: path.describe('PEM file of the key of the client certificate for RabbitMQ.'),
  AMQP_CONFIRM_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .meta({
      description: 'How long a published message may stay unconfirmed, ms.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
    }),
};

export const rabbitmqOptions = (
  config: z.output<z.ZodObject<typeof rabbitmqConfig>>,
  connectionName: string,
  { log, metrics }: { log: TransportLog; metrics: BrokerMetrics },
): RabbitmqOptions => ({
  url: config.AMQP_URL,
  tls: readTls(config),
  confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
  connectionName,
  log,
  metrics,
});

/** Throws an error that names the variable. */
function readTls(config: z.output<z.ZodObject<typeof rabbitmqConfig>>) {
  const { AMQP_CA_FILE: ca, AMQP_CERT_FILE: cert, AMQP_KEY_FILE: key } = config;
  const files = readTlsFiles('AMQP', { ca, cert, key }, (file) => readFileSync(file, 'utf8'));
  if (files && !config.AMQP_URL.startsWith('amqps:')) {
    throw new Error(
      'Files of TLS for RabbitMQ are given, but AMQP_URL does not begin with amqps://.',
    );
  }
  return files;
}

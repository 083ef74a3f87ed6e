import { z } from 'zod';
import { type BrokerMetrics, type RabbitmqOptions } from './connect-rabbitmq.js';
import { type TransportLog } from '../transport-log.js';

/** Environment variables of RabbitMQ. */
export const rabbitmqConfig = {
  AMQP_URL: z.url({ protocol: /^amqps?$/ }).meta({
    description: 'RabbitMQ, with credentials and vhost: `amqp://user:password@host/vhost`.',
  }),
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
  confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
  connectionName,
  log,
  metrics,
});

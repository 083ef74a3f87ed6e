import { z } from 'zod';

/** The broker's share of a service's environment. */
export const rabbitmqConfig = {
  AMQP_URL: z
    .url({ protocol: /^amqps?$/ })
    .meta({ description: 'RabbitMQ, with credentials and vhost: amqp://user:password@host/vhost' }),
  AMQP_CONFIRM_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .meta({ description: 'How long a published message may stay unconfirmed, in milliseconds' }),
  AMQP_PREFETCH: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(32)
    .meta({ description: 'Messages in work at once, per lane' }),
};

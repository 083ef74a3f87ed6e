import { z } from 'zod';

/** Environment variables of a stage. */
export const stageConfig = {
  AMQP_PREFETCH: z.coerce.number().int().min(1).max(1_000).default(256).meta({
    description:
      'Alerts that are handled at once in each queue, normal and urgent. As many messages are fetched, of up to ten alerts each.',
  }),
  SWEEP_INTERVAL_MS: z.coerce.number().int().min(100).max(600_000).default(5_000).meta({
    description:
      'Interval at which stalled alerts are published again while their queue is nearly empty, ms.',
  }),
  SWEEP_BATCH_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .meta({ description: 'Stalled alerts that one sweep publishes again in each queue.' }),
} as const;
export type StageConfig = z.output<z.ZodObject<typeof stageConfig>>;

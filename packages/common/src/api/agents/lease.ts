import { z } from 'zod';

export const LEASE = {
  max: { min: 1, default: 10, max: 100 },
  waitSeconds: { min: 0, default: 0, max: 30 },
  seconds: { min: 30, default: 60, max: 600 },
} as const;

const secondsSchema = z.int().min(LEASE.seconds.min).max(LEASE.seconds.max);

export const leaseRequestSchema = z
  .strictObject({
    max: z
      .int()
      .min(LEASE.max.min)
      .max(LEASE.max.max)
      .default(LEASE.max.default)
      .describe('Largest number of deliveries; fewer come when their bodies are large'),
    wait_seconds: z
      .int()
      .min(LEASE.waitSeconds.min)
      .max(LEASE.waitSeconds.max)
      .default(LEASE.waitSeconds.default)
      .describe('How long the answer waits for a first delivery'),
    lease_seconds: secondsSchema
      .default(LEASE.seconds.default)
      .describe('How long nobody else gets these deliveries; then they can be leased again'),
  })
  .meta({ id: 'LeaseRequest' });
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

export const leasedDeliverySchema = z
  .object({
    lease_id: z.string().describe('For `ack`, `nack` and `extend`'),
    webhook_id: z.string().describe('The same each time that this delivery comes'),
    headers: z
      .object({
        'content-type': z.string(),
        'webhook-id': z.string(),
        'webhook-timestamp': z.string(),
        'webhook-signature': z.string(),
        traceparent: z.string(),
      })
      .describe('As a push has them, without `Authorization` and the agent’s own headers'),
    body: z.string().describe('The exact text that the signature covers'),
  })
  .meta({ id: 'LeasedDelivery' });
export type PulledDelivery = z.infer<typeof leasedDeliverySchema>;

export const leasedDeliveriesSchema = z
  .object({ deliveries: z.array(leasedDeliverySchema) })
  .meta({ id: 'LeasedDeliveries' });

const leaseIdsSchema = z.array(z.string().min(1).max(200)).min(1).max(LEASE.max.max);

export const leaseIdsRequestSchema = z
  .strictObject({ lease_ids: leaseIdsSchema })
  .meta({ id: 'LeaseIds' });
export type LeaseIds = z.infer<typeof leaseIdsRequestSchema>;

export const extendLeasesSchema = z
  .strictObject({ lease_ids: leaseIdsSchema, seconds: secondsSchema.describe('From now on') })
  .meta({ id: 'ExtendLeases' });
export type ExtendLeases = z.infer<typeof extendLeasesSchema>;

export const settledLeasesSchema = z
  .object({
    settled_count: z.int(),
    stale_lease_ids: z
      .array(z.string())
      .describe('Leases that have expired: somebody else may have their deliveries'),
  })
  .meta({ id: 'SettledLeases' });
export type SettledLeases = z.infer<typeof settledLeasesSchema>;

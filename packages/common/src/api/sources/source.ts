import { z } from 'zod';
import { snsSubscriptionSchema } from './sns-subscription.js';
import { ON_RESOLVED, ON_UPDATE } from '../../alert/alert-change.js';
import { allowedNetworksSchema } from '../access/api-key.js';
import { FIELDS_ARE_NEEDED, fieldMappingSchema, readsFields } from './field-mapping.js';
import { TEST_SOURCE } from '../../alert/test-source.js';
import { instantSchema, nameSchema, sourceNameSchema, timestampSchema } from '../http/fields.js';

export const MAX_DEDUP_WINDOW_SECONDS = 30 * 24 * 60 * 60;
export const MAX_RATE_PER_MINUTE = 1_000_000;
/** Bounds of `expected_every_seconds`. Traffic is written every few seconds, so that less could not be told apart. */
export const MIN_EXPECTED_EVERY_SECONDS = 60;
export const MAX_EXPECTED_EVERY_SECONDS = 30 * 24 * 60 * 60;
/** Secrets that a source can have at once. Two are enough for rotation. */
export const MAX_HMAC_SECRETS = 10;

const settings = {
  dedup_window_seconds: z
    .int()
    .min(0)
    .max(MAX_DEDUP_WINDOW_SECONDS)
    .describe(
      'How long a repeat is counted on the open alert instead of making a new one; 0: every message is an alert',
    ),
  on_update: z
    .enum(ON_UPDATE)
    .describe(
      'What a repeat does to the severity of its alert: raise it only, follow it either way, keep it',
    ),
  on_resolved: z
    .enum(ON_RESOLVED)
    .describe('What the end of an alert in the source does: note it, or close the alert'),
  rate_limit_per_minute: z
    .int()
    .min(1)
    .max(MAX_RATE_PER_MINUTE)
    .nullable()
    .describe('Requests a minute that each replica of ingest-api takes; null: no limit'),
  expected_every_seconds: z
    .int()
    .min(MIN_EXPECTED_EVERY_SECONDS)
    .max(MAX_EXPECTED_EVERY_SECONDS)
    .nullable()
    .describe(
      'Something should arrive at least this often: after a longer pause the source is silent, and agents that take ' +
        '`source.silent` are told; null: nobody waits for it',
    ),
  is_active: z.boolean().describe('false: ingest answers 404 source.unknown'),
};

export const createSourceSchema = z
  .strictObject({
    name: sourceNameSchema
      .refine((name) => name !== 'test', 'is the name of a path')
      .refine((name) => name !== TEST_SOURCE, 'is the source of test pushes'),
    plugin: z.literal('custom').default('custom'),
    field_mapping: fieldMappingSchema.refine(readsFields, {
      message: FIELDS_ARE_NEEDED,
      path: ['fields'],
    }),
    dedup_window_seconds: settings.dedup_window_seconds.default(24 * 60 * 60),
    on_update: settings.on_update.default('raise'),
    on_resolved: settings.on_resolved.default('note'),
    rate_limit_per_minute: settings.rate_limit_per_minute.default(null),
    expected_every_seconds: settings.expected_every_seconds.default(null),
    is_active: settings.is_active.default(true),
  })
  .meta({ id: 'CreateSource' });
export type CreateSource = z.infer<typeof createSourceSchema>;

export const updateSourceSchema = z
  .strictObject({
    ...settings,
    field_mapping: fieldMappingSchema
      .nullable()
      .describe(
        'For a built-in source an addition to its plugin: it fills what the plugin leaves open; null takes it away',
      ),
  })
  .partial()
  .meta({ id: 'UpdateSource' });
export type UpdateSource = z.infer<typeof updateSourceSchema>;

const hmacSecretSchema = z
  .object({ id: z.string(), created_at: timestampSchema })
  .meta({ id: 'HmacSecret' });
export type HmacSecretResource = z.infer<typeof hmacSecretSchema>;

export const sourceSchema = z
  .object({
    name: sourceNameSchema,
    plugin: z.string().describe('What reads the payload; `custom` reads by `field_mapping`'),
    field_mapping: fieldMappingSchema.optional(),
    ...settings,
    is_signature_required: z.boolean().describe('True as soon as there is an HMAC secret'),
    hmac_secrets: z.array(hmacSecretSchema),
    accepted_count: z.int().describe('Alerts taken, repeats included'),
    rejected_count: z.int().describe('Alerts and requests refused'),
    unread_severity_count: z
      .int()
      .describe('Alerts whose severity is an unknown word; they are Pending, with a note'),
    last_seen_at: timestampSchema.optional().describe('When something last arrived, good or bad'),
    is_silent: z
      .boolean()
      .describe(
        'Nothing has arrived for longer than `expected_every_seconds`, counted from its creation where nothing ever did',
      ),
    last_rejected: z
      .object({ at: timestampSchema, reason: z.string() })
      .optional()
      .describe('What was wrong with the last refused one'),
    quarantined_count: z
      .int()
      .describe('Alerts that nobody could read, repeats included, and texts that are not JSON'),
    last_quarantined_at: timestampSchema.optional(),
    last_quarantined_reason: z.string().optional(),
    subscriptions: z
      .array(snsSubscriptionSchema)
      .describe('What Amazon SNS asked to confirm, newest first'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Source' });
export type SourceResource = z.infer<typeof sourceSchema>;

export const createHmacSecretSchema = z
  .strictObject({
    secret: z
      .string()
      .min(16)
      .max(256)
      .optional()
      .describe('The one that the sending system gave; without it one is made'),
  })
  .meta({ id: 'CreateHmacSecret' });
export type CreateHmacSecret = z.infer<typeof createHmacSecretSchema>;

export const createdHmacSecretSchema = hmacSecretSchema
  .extend({ secret: z.string().optional().describe('The one that was made; shown once') })
  .meta({ id: 'CreatedHmacSecret' });

export const createUrlTokenSchema = z
  .strictObject({
    name: nameSchema.default('URL token'),
    allowed_networks: allowedNetworksSchema.optional(),
    expires_at: instantSchema.optional(),
  })
  .meta({ id: 'CreateUrlToken' });
export type CreateUrlToken = z.infer<typeof createUrlTokenSchema>;

export const urlTokenSchema = z
  .object({
    id: z.string(),
    name: nameSchema,
    allowed_networks: allowedNetworksSchema,
    expires_at: timestampSchema.optional(),
    revoked_at: timestampSchema.optional(),
    last_used_at: timestampSchema.optional(),
    created_at: timestampSchema,
  })
  .meta({ id: 'UrlToken' });
export type UrlToken = z.infer<typeof urlTokenSchema>;

export const createdUrlTokenSchema = urlTokenSchema
  .extend({
    token: z.string().describe('Shown once'),
    url_path: z.string().describe('`/v1/ingest/{name}/{token}`: where the sender posts to'),
  })
  .meta({ id: 'CreatedUrlToken' });

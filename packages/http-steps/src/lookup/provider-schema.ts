import {
  indicatorTypeSchema,
  nameSchema,
  PROVIDER_FAULTS,
  ROLES,
  timestampSchema,
  tlpSchema,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { lookupSchema } from './lookup-schema.js';

/** Longest window of a quota: a month. */
const MAX_QUOTA_WINDOW_SECONDS = 31 * 86_400;
const MAX_QUOTA_LIMIT = 1_000_000;
const MAX_TTL_SECONDS = 365 * 86_400;
/** Longer than an alert waits for its enrichment, and shorter than a request over the broker. */
const MAX_TIMEOUT_MS = 20_000;
const MAX_SECRET_CHARACTERS = 4_096;

export const quotaSchema = z.strictObject({
  limit: z.int().min(1).max(MAX_QUOTA_LIMIT),
  window_seconds: z.int().min(1).max(MAX_QUOTA_WINDOW_SECONDS),
});

const secondsSchema = z.int().min(0).max(MAX_TTL_SECONDS);

export const ttlsSchema = z.strictObject({
  success: z.union([secondsSchema, z.partialRecord(indicatorTypeSchema, secondsSchema)]),
  not_found: secondsSchema,
});

const baseUrlSchema = z.url({ protocol: /^https?$/ }).max(2_048);

/** Only printable characters, since others would break a header. */
const credentialSchema = z
  .string()
  .min(1)
  .max(MAX_SECRET_CHARACTERS)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII characters only');

const settings = {
  is_active: z.boolean(),
  base_url: baseUrlSchema.describe('Stands for scheme and host of every step; paths are kept'),
  indicator_types: z.array(indicatorTypeSchema).min(1),
  quotas: z
    .array(quotaSchema)
    .max(5)
    .describe(
      'In no span of `window_seconds` do more than `limit` requests leave, over all replicas',
    ),
  ttls: ttlsSchema.describe('Seconds for which an answer is used again'),
  reliability: z.number().min(0).max(1).describe('Weight of its verdict'),
  timeout_ms: z.int().min(100).max(MAX_TIMEOUT_MS),
  is_own_directory: z
    .boolean()
    .describe(
      'The organisation’s own: the only kind that is asked about accounts and e-mail addresses',
    ),
  max_tlp: tlpSchema.describe(
    'The strictest TLP that it is told of: nothing of an alert above it is looked up there',
  ),
  roles: z
    .array(z.enum(ROLES))
    .max(ROLES.length)
    .describe('Roles of indicators that it is asked about, where the role is known; empty: all'),
};

const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`');

export const createEnrichmentProviderSchema = lookupSchema
  .extend({
    name: providerName,
    title: nameSchema.optional(),
    is_active: settings.is_active.default(true),
    base_url: settings.base_url.optional(),
    quotas: settings.quotas.default([{ limit: 60, window_seconds: 60 }]),
    ttls: settings.ttls.default({ success: 3_600, not_found: 3_600 }),
    reliability: settings.reliability.default(0.5),
    timeout_ms: settings.timeout_ms.default(5_000),
    is_own_directory: settings.is_own_directory.default(false),
    max_tlp: settings.max_tlp.default('AMBER'),
    roles: settings.roles.default([]),
    credentials: z.record(z.string(), credentialSchema).default({}),
  })
  .meta({ id: 'CreateEnrichmentProvider' });
export type CreateEnrichmentProvider = z.infer<typeof createEnrichmentProviderSchema>;

export const updateEnrichmentProviderSchema = z
  .strictObject({
    ...settings,
    base_url: settings.base_url
      .nullable()
      .describe(
        'Another origin needs the credentials in the same request; null: the provider’s own',
      ),
    credentials: z
      .record(z.string(), credentialSchema.nullable())
      .describe('By name; null drops one, those left out stay'),
    title: nameSchema,
    ...lookupSchema.omit({ indicator_types: true }).shape,
  })
  .partial()
  .meta({ id: 'UpdateEnrichmentProvider' });
export type UpdateEnrichmentProvider = z.infer<typeof updateEnrichmentProviderSchema>;

export const PROVIDER_ORIGINS = ['local', 'builtin', 'custom'] as const;

const quotaStateSchema = quotaSchema.extend({
  left: z.int().describe('Requests that may leave now'),
  resets_at: timestampSchema
    .nullable()
    .describe('When the oldest request leaves the window; null when none is in it'),
});

/** How a provider is doing, over all replicas. */
export const providerStateSchema = z
  .object({
    is_healthy: z
      .boolean()
      .describe(
        'It is configured and active, and may be asked now: no pause, a closed breaker, quota left',
      ),
    paused_until: timestampSchema
      .nullable()
      .describe('Until when it asked to be left alone; null when it did not'),
    breaker: z
      .enum(['closed', 'open'])
      .describe('Open: after failures in a row some enricher asks it nothing for a while'),
    breaker_open_until: timestampSchema.nullable().describe('Then one lookup tries again'),
    last_success_at: timestampSchema.nullable(),
    last_failure: z
      .object({
        at: timestampSchema,
        kind: z
          .enum(PROVIDER_FAULTS)
          .describe('`auth` needs an operator; `refused` is one question that it did not take'),
        reason: z
          .string()
          .describe('In words; may repeat what the vendor said: data, never orders'),
      })
      .nullable(),
    cache: z
      .object({
        hours: z
          .int()
          .describe('The period that is counted: so many whole hours, the current one included'),
        lookup_count: z.int().describe('Questions about indicators'),
        cached_count: z.int().describe('Those that a stored answer was good for'),
        hit_rate: z.number().nullable().describe('0–1; null without a question'),
      })
      .describe('How many questions stored answers save'),
    quotas: z.array(quotaStateSchema),
  })
  .meta({ id: 'EnrichmentProviderState' });
export type ProviderStateResource = z.infer<typeof providerStateSchema>;

export const enrichmentProviderSchema = z
  .object({
    uuid: uuidSchema,
    name: z.string(),
    title: z.string(),
    origin: z
      .enum(PROVIDER_ORIGINS)
      .describe('`local` answers without a network; `builtin` comes with Calseta'),
    ...settings,
    base_url: z.string().nullable(),
    indicator_types: z.array(indicatorTypeSchema),
    is_configured: z.boolean().describe('Every credential that it needs is there'),
    credentials: z.array(
      z.object({ name: z.string(), source: z.enum(['api', 'environment']).nullable() }),
    ),
    state: providerStateSchema,
    version: z
      .int()
      .describe('Grows with each change; answers of an earlier one are not used again'),
    lookup: lookupSchema.nullable(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'EnrichmentProvider' });
export type EnrichmentProviderResource = z.infer<typeof enrichmentProviderSchema>;

/** A provider as one of its versions had it. */
export const enrichmentProviderVersionSchema = z
  .object({
    version: z.int(),
    title: z.string(),
    ...settings,
    base_url: z.string().nullable().describe('As an operator had set it; null: the provider’s own'),
    credential_names: z
      .array(z.string())
      .describe('Credentials that had been set over the API; their values are in no version'),
    lookup: lookupSchema.nullable(),
    created_at: timestampSchema.describe('When this version was made'),
  })
  .meta({ id: 'EnrichmentProviderVersion' });
export type EnrichmentProviderVersionResource = z.infer<typeof enrichmentProviderVersionSchema>;

/** A version in a list, without its steps. */
export const enrichmentProviderVersionSummarySchema = enrichmentProviderVersionSchema
  .omit({ lookup: true })
  .meta({ id: 'EnrichmentProviderVersionSummary' });
export type EnrichmentProviderVersionSummary = z.infer<
  typeof enrichmentProviderVersionSummarySchema
>;

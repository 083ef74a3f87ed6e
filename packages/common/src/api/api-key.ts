import { z } from 'zod';
import { nameSchema, sourceNameSchema, timestampSchema } from './fields.js';
import { keyTypeSchema, scopeSchema } from './scope.js';

const apiKeyFields = {
  name: nameSchema,
  key_type: keyTypeSchema,
  scopes: z.array(scopeSchema).min(1).max(20),
  allowed_sources: z
    .array(sourceNameSchema)
    .max(100)
    .nullable()
    .describe('Sources that it may ingest for; null: any, []: none'),
};

export const createApiKeySchema = z
  .strictObject({
    ...apiKeyFields,
    key_type: apiKeyFields.key_type.default('agent'),
    allowed_sources: apiKeyFields.allowed_sources.default(null),
    expires_at: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof createApiKeySchema>;

export const apiKeySchema = z
  .object({
    id: z.string().describe('The 16 characters after `cai_`'),
    ...apiKeyFields,
    expires_at: timestampSchema.optional(),
    revoked_at: timestampSchema.optional(),
    last_used_at: timestampSchema.optional(),
    created_at: timestampSchema,
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyResource = z.infer<typeof apiKeySchema>;

export const MAX_KEY_OVERLAP_SECONDS = 604_800;

export const rotateApiKeySchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MAX_KEY_OVERLAP_SECONDS)
      .default(0)
      .describe('How long the old key goes on working'),
  })
  .meta({ id: 'RotateApiKey' });

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe('`cai_…`; shown once') })
  .meta({ id: 'CreatedApiKey' });

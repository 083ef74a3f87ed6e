import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

/** Origins of one secret. */
const MAX_ORIGINS = 20;
/** Workflows that one secret is granted to. */
const MAX_GRANTS = 200;
const MAX_SECRET_CHARACTERS = 8_192;

export const secretNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`, at most 63')
  .describe('Steps use it as `{{ secrets.<name> }}`');

/** Scheme, host and port, as the URL standard writes them. */
export const originSchema = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine(
    (text) => isBareOrigin(text),
    'an origin is scheme, host and port: `https://acme.okta.com`',
  )
  .transform((text) => new URL(text).origin);

/** No path, query, fragment or credentials. */
function isBareOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { pathname, search, hash, username, password } = new URL(text);
  return pathname === '/' && search + hash + username + password === '';
}

const fields = {
  value: z
    .string()
    .min(1)
    .max(MAX_SECRET_CHARACTERS)
    .regex(/^[\x20-\x7e]+$/, 'printable ASCII characters only')
    .describe('Stored encrypted, and never shown'),
  allowed_origins: z
    .array(originSchema)
    .min(1)
    .max(MAX_ORIGINS)
    .describe('The secret is sent to no other origin: `https://acme.okta.com`'),
  workflow_uuids: z
    .array(uuidSchema)
    .max(MAX_GRANTS)
    .describe('Workflows that may use it; empty: none'),
};

export const createSecretSchema = z
  .strictObject({
    name: secretNameSchema,
    ...fields,
    workflow_uuids: fields.workflow_uuids.default([]),
  })
  .meta({ id: 'CreateSecret' });
export type CreateSecret = z.infer<typeof createSecretSchema>;

export const updateSecretSchema = z
  .strictObject(fields)
  .partial()
  .meta({ id: 'UpdateSecret', description: 'A new origin needs the `value` in the same request' });
export type UpdateSecret = z.infer<typeof updateSecretSchema>;

/** A secret without its value. */
export const secretSchema = z
  .object({
    name: z.string(),
    allowed_origins: z.array(z.string()),
    workflow_uuids: z.array(uuidSchema),
    created_by: z.string().describe('Principal'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Secret' });
export type SecretResource = z.infer<typeof secretSchema>;

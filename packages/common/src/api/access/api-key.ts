import { z } from 'zod';
import { instantSchema, nameSchema, sourceNameSchema, timestampSchema } from '../http/fields.js';
import { uuidSchema } from '../../core/ids.js';
import { keyTypeSchema, scopeSchema } from './scope.js';
import { compileNetwork } from '../../rules/network.js';

/** Active keys per installation. Limited because every process that checks keys caches all of them. */
export const MAX_LIVE_API_KEYS = 10_000;

/** Principal of actions of Calseta itself, such as creating the first key. */
export const SYSTEM_PRINCIPAL = 'system';
/** Prefix of the principal of an agent's key; the uuid of the agent follows, or the key's id where it has none. */
export const AGENT_PRINCIPAL_PREFIX = 'agent:';

/** Name of a person. Must not look like the principal of an agent or of the system. */
export const personSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(
    (name) => name !== SYSTEM_PRINCIPAL && !name.startsWith(AGENT_PRINCIPAL_PREFIX),
    `not \`${SYSTEM_PRINCIPAL}\`, and not \`${AGENT_PRINCIPAL_PREFIX}…\``,
  );

/** Networks that one key may list. */
const MAX_NETWORKS = 50;

const networkSchema = z
  .string()
  .trim()
  .max(50)
  .refine(
    (text) => compileNetwork(text) !== undefined,
    'a network such as 10.0.0.0/8 or 2001:db8::/32, or an address',
  );

export const allowedNetworksSchema = z
  .array(networkSchema)
  .min(1)
  .max(MAX_NETWORKS)
  .nullable()
  .describe('Networks that it may be used from, as CIDRs or addresses; null: from anywhere');

const apiKeyFields = {
  name: nameSchema,
  key_type: keyTypeSchema,
  scopes: z.array(scopeSchema).min(1).max(20),
  allowed_sources: z
    .array(sourceNameSchema)
    .max(100)
    .nullable()
    .describe('Sources that it may ingest for; null: any, []: none'),
  allowed_networks: allowedNetworksSchema,
};

export const createApiKeySchema = z
  .strictObject({
    ...apiKeyFields,
    key_type: apiKeyFields.key_type.default('agent'),
    allowed_sources: apiKeyFields.allowed_sources.default(null),
    allowed_networks: apiKeyFields.allowed_networks.optional(),
    principal: personSchema
      .optional()
      .describe(
        'Human keys: the person, the same on all keys of one; by default the id of the key',
      ),
    agent_uuid: uuidSchema
      .optional()
      .describe(
        'Agent keys: the agent that it belongs to, whose name its findings carry; it can lease for that agent alone',
      ),
    expires_at: instantSchema.optional(),
  })
  .refine(({ key_type, principal }) => key_type === 'human' || principal === undefined, {
    path: ['principal'],
    message: 'only a human key stands for a person',
  })
  .refine(({ key_type, agent_uuid }) => key_type === 'agent' || agent_uuid === undefined, {
    path: ['agent_uuid'],
    message: 'only an agent key belongs to an agent',
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof createApiKeySchema>;

/** Fields of a key that can change; whom it stands for cannot. */
export const updateApiKeySchema = z
  .strictObject({
    name: apiKeyFields.name,
    scopes: apiKeyFields.scopes,
    allowed_sources: apiKeyFields.allowed_sources,
    allowed_networks: apiKeyFields.allowed_networks,
    expires_at: z.iso
      .datetime({ offset: true })
      .nullable()
      .describe('In the future; null: it does not expire'),
  })
  .partial()
  .meta({ id: 'UpdateApiKey' });
export type UpdateApiKey = z.infer<typeof updateApiKeySchema>;

export const apiKeySchema = z
  .object({
    id: z.string().describe('The 16 characters after `cai_`'),
    ...apiKeyFields,
    principal: z
      .string()
      .describe('Whom it stands for: a person, or `agent:<uuid of the agent, else id of the key>`'),
    agent_uuid: uuidSchema.optional().describe('The agent that it belongs to'),
    created_by: z
      .string()
      .optional()
      .describe('The principal that made it; not known of keys older than this field'),
    expires_at: timestampSchema.optional(),
    revoked_at: timestampSchema.optional(),
    last_used_at: timestampSchema.optional(),
    created_at: timestampSchema,
    updated_at: timestampSchema.describe('When its settings changed; its use does not count'),
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
export type RotateApiKey = z.infer<typeof rotateApiKeySchema>;

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe('`cai_…`; shown once') })
  .meta({ id: 'CreatedApiKey' });

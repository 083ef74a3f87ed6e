import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { instantSchema, timestampSchema } from '../http/fields.js';
import { integerParameter } from '../http/integer-parameter.js';
import { pageQuerySchema } from '../http/pagination.js';

/** Entries that one call of `GET /v1/audit/verify` checks by default, and at most. */
export const DEFAULT_VERIFIED_ENTRIES = 1_000;
export const MAX_VERIFIED_ENTRIES = 2_000;
/** Breaks of the chain that one call names. */
export const MAX_NAMED_BREAKS = 20;
/** What stands before the first entry of the chain. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

export const AUDIT_ACTOR_TYPES = ['human', 'agent', 'approver', 'system'] as const;
const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
const textSchema = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe(
    'Of a change, the fields that differ. Secrets are `[secret]`, long values their length and SHA-256. Null: nothing, or emptied',
  );
const saltSchema = z.string().nullable().describe('Null where the text is');
const textHashSchema = hashSchema
  .nullable()
  .describe(
    'SHA-256 of the salt followed by the text as canonical JSON; it stays when the text is emptied',
  );

export const auditEntrySchema = z
  .object({
    sequence: z.int().min(1).describe('Its place in the chain, without gaps'),
    uuid: uuidSchema,
    at: timestampSchema,
    actor: z
      .string()
      .describe(
        'The principal of the key, `approver:<uuid>`, or `system` for a process of Calseta',
      ),
    actor_type: z.enum(AUDIT_ACTOR_TYPES),
    key_id: z.string().nullable(),
    agent_uuid: uuidSchema.nullable().describe('The agent that the key belongs to'),
    address: z.string().nullable().describe('Address of the client'),
    request_id: z.string().nullable().describe('`X-Request-ID` of the request'),
    via: z.string().describe('`rest`, `mcp`, `link`, `slack`, or the name of the process'),
    action: z.string().describe('`agent.created`, `alert.updated`, `agent.test_push_requested`, …'),
    resource_type: z.string(),
    resource_id: z.string().describe('The uuid, or the name of a source or secret'),
    before: textSchema,
    after: textSchema,
    before_salt: saltSchema,
    before_hash: textHashSchema,
    after_salt: saltSchema,
    after_hash: textHashSchema,
    previous_hash: hashSchema.describe('`hash` of the entry before it'),
    hash: hashSchema.describe(
      'SHA-256 of all fields but `before`, `after`, their salts and itself, as canonical JSON',
    ),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryResource = z.infer<typeof auditEntrySchema>;

const wordSchema = z.string().min(1).max(200);

export const auditFilterSchema = z.object({
  actor: wordSchema.optional().describe('The principal'),
  key_id: wordSchema.optional(),
  action: wordSchema.optional(),
  resource_type: wordSchema.optional(),
  resource_id: wordSchema.optional(),
  request_id: wordSchema.optional(),
  from: instantSchema.optional().describe('Entries of this time and later'),
  to: instantSchema.optional().describe('Entries before this time'),
});
export type AuditFilter = z.infer<typeof auditFilterSchema>;

export const auditQuerySchema = pageQuerySchema.extend({
  ...auditFilterSchema.shape,
  sort: z
    .enum(['-sequence', 'sequence'])
    .default('-sequence')
    .describe('Newest first, or oldest first, as an export needs it'),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

export const verifyAuditQuerySchema = z.object({
  after: integerParameter(0)
    .optional()
    .describe('Begins behind this entry; without it with the oldest that is kept'),
  hash: hashSchema
    .optional()
    .describe('`hash` that the entry `after` had when it was read before; another one is a break'),
  limit: integerParameter(1, MAX_VERIFIED_ENTRIES)
    .default(DEFAULT_VERIFIED_ENTRIES)
    .describe('Entries to check'),
});
export type VerifyAuditQuery = z.infer<typeof verifyAuditQuerySchema>;

const chainPointSchema = z.object({ sequence: z.int().min(0), hash: z.string() });

export const AUDIT_BREAKS = [
  'missing',
  'changed',
  'text_changed',
  'not_linked',
  'other_start',
  'end_missing',
] as const;

export const auditVerificationSchema = z
  .object({
    is_intact: z.boolean().describe('Whether no break was found in what this call checked'),
    verified_from: z.int().nullable().describe('First entry that was checked; null: none'),
    verified_to: z.int().nullable(),
    verified_count: z.int(),
    emptied_count: z.int().describe('Checked entries whose texts retention has emptied'),
    breaks: z
      .array(
        z.object({
          sequence: z.int().describe('The entry, or the first of those that are missing'),
          kind: z.enum(AUDIT_BREAKS),
          detail: z.string(),
        }),
      )
      .describe(`The first ${MAX_NAMED_BREAKS} breaks`),
    is_complete: z.boolean().describe('Whether the last chained entry was reached'),
    next_after: z.int().describe('`after` of the next call'),
    next_hash: z.string().describe('`hash` of the next call'),
    first_kept: chainPointSchema.describe(
      'Behind this entry the chain begins: what was before it, retention has deleted',
    ),
    last_chained: chainPointSchema.describe('Last entry of the chain; later ones are pending'),
    pending_count: z.int().describe('Entries that are written and not chained; counted to 1,000'),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof auditVerificationSchema>;

import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { nameSchema, timestampSchema } from '../http/fields.js';

/** Bytes of a request that brings a list. */
export const MAX_THREAT_LIST_BYTES = 10 * 1024 * 1024;
export const MAX_THREAT_LISTS = 100;
/** Entries of all lists of the API together; as many are read of files. */
export const MAX_THREAT_LIST_ENTRIES = 200_000;

export const THREAT_LIST_FORMATS = ['text', 'csv', 'json', 'stix', 'misp', 'kev'] as const;
export const THREAT_LIST_VERDICTS = ['allow', 'deny'] as const;

const content = {
  content: z
    .union([z.string().min(1), z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .describe(
      'A text with a value per line, CSV with a column `value` (and `type`, `reason`), an array of values or of ' +
        '`{value, type?, reason?}`, a bundle of STIX 2.1, a MISP warning list, or the catalogue of CISA',
    ),
  format: z.enum(THREAT_LIST_FORMATS).describe('Told by the content where it is left out'),
  skip_invalid: z
    .boolean()
    .describe('Leaves out what cannot be read, and counts it; by default nothing is taken then'),
};

const settings = {
  name: nameSchema.describe('Named where an entry matches'),
  description: z.string().max(2_000),
  is_active: z.boolean(),
  verdict: z
    .enum(THREAT_LIST_VERDICTS)
    .describe('`deny`: Malicious. `allow`: Benign, before every deny list'),
};

export const createThreatListSchema = z
  .strictObject({
    ...settings,
    description: settings.description.default(''),
    is_active: settings.is_active.default(true),
    content: content.content,
    format: content.format.optional(),
    skip_invalid: content.skip_invalid.default(false),
  })
  .meta({ id: 'CreateThreatList' });
export type CreateThreatList = z.infer<typeof createThreatListSchema>;

export const replaceThreatListContentSchema = z
  .strictObject({
    content: content.content,
    format: content.format.optional(),
    skip_invalid: content.skip_invalid.default(false),
  })
  .meta({ id: 'ReplaceThreatListContent' });
export type ReplaceThreatListContent = z.infer<typeof replaceThreatListContentSchema>;

export const updateThreatListSchema = z
  .strictObject(settings)
  .partial()
  .meta({ id: 'UpdateThreatList' });
export type UpdateThreatList = z.infer<typeof updateThreatListSchema>;

export const threatListSchema = z
  .object({
    uuid: uuidSchema,
    ...settings,
    format: z.enum(THREAT_LIST_FORMATS),
    entry_count: z.int(),
    skipped_count: z.int().describe('Number of entries that could not be read'),
    version: z.int().describe('Grows with each change'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'ThreatList' });
export type ThreatListResource = z.infer<typeof threatListSchema>;

export const threatListEntrySchema = z
  .object({
    type: z.string().describe('A type of indicators, or `cve`'),
    value: z.string().describe('Canonical value; of addresses also a network'),
    reason: z.string().optional(),
  })
  .meta({ id: 'ThreatListEntry' });
export type ThreatListEntry = z.infer<typeof threatListEntrySchema>;

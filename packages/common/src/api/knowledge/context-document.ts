import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { alertRuleSchema } from '../../rules/alert-rule.js';
import { markdownSchema, nameSchema, tagsSchema, timestampSchema } from '../http/fields.js';

export const DOC_TYPES = [
  'runbook',
  'ir_plan',
  'sop',
  'playbook',
  'detection_guide',
  'other',
] as const;

/** Versions that are kept of one document, the newest ones. */
export const MAX_DOCUMENT_VERSIONS = 100;

/** Limited because every dispatcher caches all documents and every push carries the global ones. */
export const MAX_CHARACTERS_OF_ALL_DOCUMENTS = 10_000_000;

const contextDocumentFields = {
  title: nameSchema,
  doc_type: z.enum(DOC_TYPES),
  content: markdownSchema
    .min(1)
    .describe(
      `Markdown; all documents together at most ${MAX_CHARACTERS_OF_ALL_DOCUMENTS} characters`,
    ),
  is_global: z.boolean().describe('Attached to every alert'),
  tags: tagsSchema,
};

export const createContextDocumentSchema = z
  .strictObject({
    ...contextDocumentFields,
    is_global: contextDocumentFields.is_global.default(false),
    targeting_rules: alertRuleSchema.optional(),
    tags: tagsSchema.default([]),
  })
  .refine((document) => document.is_global !== (document.targeting_rules !== undefined), {
    message: 'a document is either global or has targeting_rules',
    path: ['targeting_rules'],
  })
  .meta({ id: 'CreateContextDocument' });
export type CreateContextDocument = z.infer<typeof createContextDocumentSchema>;

export const updateContextDocumentSchema = z
  .strictObject({ ...contextDocumentFields, targeting_rules: alertRuleSchema.nullable() })
  .partial()
  .meta({ id: 'UpdateContextDocument' });
export type UpdateContextDocument = z.infer<typeof updateContextDocumentSchema>;

export const contextDocumentSchema = z
  .object({
    uuid: uuidSchema,
    ...contextDocumentFields,
    targeting_rules: alertRuleSchema.optional(),
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'ContextDocument' });
export type ContextDocumentResource = z.infer<typeof contextDocumentSchema>;

export const contextDocumentVersionSchema = z
  .object({
    version: z.int(),
    ...contextDocumentFields,
    targeting_rules: alertRuleSchema.optional(),
    created_at: timestampSchema.describe('When this version was written'),
  })
  .meta({ id: 'ContextDocumentVersion' });
export type ContextDocumentVersionResource = z.infer<typeof contextDocumentVersionSchema>;

/** A version in a list, without its text. */
export const contextDocumentVersionSummarySchema = contextDocumentVersionSchema
  .omit({ content: true, targeting_rules: true })
  .extend({ content_characters: z.int() })
  .meta({ id: 'ContextDocumentVersionSummary' });
export type ContextDocumentVersionSummary = z.infer<typeof contextDocumentVersionSummarySchema>;

import { z } from 'zod';
import { severitySchema } from '../../alert/severity.js';
import { uuidSchema } from '../../core/ids.js';
import {
  markdownSchema,
  mitreTacticsSchema,
  mitreTechniquesSchema,
  nameSchema,
  sourceNameSchema,
  timestampSchema,
} from '../http/fields.js';

/** Limited because id and source share a unique index, whose entries hold 2,704 bytes; a character takes up to three. */
export const MAX_SOURCE_RULE_ID_CHARACTERS = 500;

const detectionRuleFields = {
  name: nameSchema,
  severity: severitySchema,
  mitre_tactics: mitreTacticsSchema,
  mitre_techniques: mitreTechniquesSchema,
  documentation: markdownSchema.describe('Markdown; part of every push of its alerts'),
  is_active: z.boolean(),
};

const ruleKey = {
  source_name: sourceNameSchema.optional(),
  source_rule_id: z
    .string()
    .min(1)
    .max(MAX_SOURCE_RULE_ID_CHARACTERS)
    .optional()
    .describe('Id of the rule in its source'),
};

export const createDetectionRuleSchema = z
  .strictObject({
    ...detectionRuleFields,
    ...ruleKey,
    severity: severitySchema.default('Pending'),
    mitre_tactics: mitreTacticsSchema.default([]),
    mitre_techniques: mitreTechniquesSchema.default([]),
    documentation: markdownSchema.default(''),
    is_active: z.boolean().default(true),
  })
  .meta({ id: 'CreateDetectionRule' });
export type CreateDetectionRule = z.infer<typeof createDetectionRuleSchema>;

export const updateDetectionRuleSchema = z
  .strictObject(detectionRuleFields)
  .partial()
  .meta({ id: 'UpdateDetectionRule' });
export type UpdateDetectionRule = z.infer<typeof updateDetectionRuleSchema>;

export const detectionRuleSchema = z
  .object({
    uuid: uuidSchema,
    ...ruleKey,
    source_name: z.string().optional(),
    ...detectionRuleFields,
    mitre_tactics: z.array(z.string()),
    mitre_techniques: z.array(z.string()),
    is_auto_created: z
      .boolean()
      .describe(
        'Made by its first alert, with what the payload said; false once a person edits it',
      ),
    imported_at: timestampSchema.optional().describe('When an import last wrote it; UTC, ISO 8601'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'DetectionRule' });
export type DetectionRuleResource = z.infer<typeof detectionRuleSchema>;

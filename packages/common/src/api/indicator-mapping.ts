import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { ROLES } from '../indicators/extracted-indicator.js';
import { indicatorTypeSchema } from '../indicators/indicator-type.js';
import { sourceNameSchema, timestampSchema } from './fields.js';

export const MAX_MAPPING_PATH_CHARACTERS = 500;

const mappingFields = {
  source_name: sourceNameSchema.nullable().describe('null: every source'),
  path: z
    .string()
    .min(1)
    .max(MAX_MAPPING_PATH_CHARACTERS)
    .describe('Into raw_payload: `alert.hosts[*].ip`; flat keys that hold dots are found too'),
  indicator_type: indicatorTypeSchema,
  role: z.enum(ROLES).nullable(),
  is_active: z.boolean(),
};

export const createIndicatorMappingSchema = z
  .strictObject({
    ...mappingFields,
    source_name: mappingFields.source_name.default(null),
    role: mappingFields.role.default(null),
    is_active: mappingFields.is_active.default(true),
  })
  .meta({ id: 'CreateIndicatorMapping' });
export type CreateIndicatorMapping = z.infer<typeof createIndicatorMappingSchema>;

export const updateIndicatorMappingSchema = z
  .strictObject(mappingFields)
  .partial()
  .meta({ id: 'UpdateIndicatorMapping' });
export type UpdateIndicatorMapping = z.infer<typeof updateIndicatorMappingSchema>;

export const indicatorMappingSchema = z
  .object({
    uuid: uuidSchema,
    pass: z
      .enum(['system', 'custom'])
      .describe('system: over normalised fields, built in; custom: over raw_payload'),
    ...mappingFields,
    source_name: z.string().nullable(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'IndicatorMapping' });
export type IndicatorMappingResource = z.infer<typeof indicatorMappingSchema>;

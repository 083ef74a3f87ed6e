import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { ROLES } from '../../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { MAX_VISITS_PER_ALERT } from '../../paths/visit-budget.js';
import { MAX_MATCHES_PER_PATH } from '../../paths/walk-paths.js';
import { sourceNameSchema, timestampSchema } from '../http/fields.js';

export const MAX_MAPPING_PATH_CHARACTERS = 500;
/** Active custom mappings that apply to one alert: those of its source and the global ones. */
export const MAX_MAPPINGS_PER_SOURCE = 200;
/** Custom mappings per installation. Limited because each process caches them. */
export const MAX_MAPPINGS = 10_000;

const mappingFields = {
  source_name: sourceNameSchema
    .nullable()
    .describe(
      `null: every source. A source has ${MAX_MAPPINGS_PER_SOURCE} active custom mappings at most, those for every source included`,
    ),
  path: z
    .string()
    .min(1)
    .max(MAX_MAPPING_PATH_CHARACTERS)
    .describe(
      'Into raw_payload: `alert.hosts[*].ip`; flat keys that hold dots are found too. ' +
        `One path takes ${MAX_MATCHES_PER_PATH} values at most; all mappings of an alert look at ` +
        `${MAX_VISITS_PER_ALERT} of its values and keys. What a limit leaves out is noted on the alert`,
    ),
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

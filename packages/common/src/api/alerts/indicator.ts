import { z } from 'zod';
import { maliceSchema } from '../../alert/malice.js';
import { uuidSchema } from '../../core/ids.js';
import { CLASSIFICATIONS, ROLES } from '../../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { lookupResultSchema } from '../enrichment/lookup-result.js';
import { alertSummarySchema } from './alert.js';
import { timestampSchema } from '../http/fields.js';
import { alertProvenanceSchema } from './provenance.js';

/** An indicator, shared by all its alerts. */
export const indicatorSchema = z
  .object({
    uuid: uuidSchema,
    type: indicatorTypeSchema,
    value: z.string().describe('Canonical value'),
    display_value: z.string().optional().describe('As written, where that differs'),
    classification: z.enum(CLASSIFICATIONS),
    is_malformed: z.boolean(),
    malice: maliceSchema.describe('The verdict: a person’s override, else the computed one'),
    malice_override: maliceSchema.optional(),
    malice_reasons: z.array(z.string()),
    first_seen_at: timestampSchema,
    last_seen_at: timestampSchema,
    enrichment_results: z.record(z.string(), lookupResultSchema).describe('By provider'),
  })
  .meta({ id: 'Indicator' });
export type IndicatorResource = z.infer<typeof indicatorSchema>;

export const indicatorWithAlertsSchema = indicatorSchema
  .extend({
    alert_count: z.int(),
    alerts: z
      .array(
        alertSummarySchema.extend({
          role: z.enum(ROLES).optional(),
          provenance: z.array(alertProvenanceSchema),
        }),
      )
      .describe('The newest alerts that it was found in, and where in them'),
  })
  .meta({ id: 'IndicatorWithAlerts' });
export type IndicatorWithAlerts = z.infer<typeof indicatorWithAlertsSchema>;

export const indicatorFilterSchema = z.object({
  type: indicatorTypeSchema.optional(),
  value: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe('In any spelling: upper case, defanged, another form of an IPv6 address'),
  q: z.string().min(2).max(200).optional().describe('Part of the canonical value'),
  malice: maliceSchema.optional(),
});
export type IndicatorFilter = z.infer<typeof indicatorFilterSchema>;

export const updateIndicatorSchema = z
  .strictObject({
    malice_override: maliceSchema.nullable().describe('null: back to the computed verdict'),
  })
  .meta({ id: 'UpdateIndicator' });
export type UpdateIndicator = z.infer<typeof updateIndicatorSchema>;

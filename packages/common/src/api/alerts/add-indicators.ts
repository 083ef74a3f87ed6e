import { z } from 'zod';
import { CLASSIFICATIONS, ROLES } from '../../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';

/** Indicators that one request adds. */
export const MAX_ITEMS_TO_ADD = 100;
/** Added indicators of one alert, so that they never displace all that its payload has. */
export const MAX_ADDED_INDICATORS = 100;

export const addIndicatorsSchema = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          type: indicatorTypeSchema,
          value: z
            .string()
            .trim()
            .min(1)
            .max(2048)
            .describe('In any spelling: upper case, defanged, another form of an IPv6 address'),
          role: z.enum(ROLES).optional(),
        }),
      )
      .min(1)
      .max(MAX_ITEMS_TO_ADD),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Stands in the activity of the alert and in the audit log'),
  })
  .meta({ id: 'AddIndicators' });
export type AddIndicators = z.infer<typeof addIndicatorsSchema>;

export const addedIndicatorsSchema = z
  .object({
    indicators: z
      .array(
        z.object({
          type: indicatorTypeSchema,
          value: z.string().describe('Canonical value'),
          display_value: z.string().optional().describe('As written, where that differs'),
          classification: z.enum(CLASSIFICATIONS).describe('Only `public` ones are sent outside'),
          is_new: z.boolean().describe('false: the alert had it before, and it stays as it was'),
        }),
      )
      .describe('One for each distinct indicator that was sent, in order'),
    added_count: z.int(),
  })
  .meta({ id: 'AddedIndicators' });
export type AddedIndicators = z.infer<typeof addedIndicatorsSchema>;

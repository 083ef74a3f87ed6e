import { z } from 'zod';
import { PASSES, ROLES } from '../alert/extracted-indicator.js';
import { indicatorSchema } from './indicator.js';

/** Where a value was found, and by what. */
export const provenanceSchema = z.object({
  pass: z.enum(PASSES),
  pointer: z
    .string()
    .describe(
      'JSON Pointer into raw_payload; one too long leads to what holds the value, and ends in `/~…`',
    ),
  extractor: z.string().optional(),
  mapping_id: z.string().optional(),
  stated_as: z.string().optional().describe('The value as written, before refanging'),
  span: z
    .array(z.int())
    .length(2)
    .optional()
    .describe(
      'Start and end of the value in the string that the pointer leads to, in UTF-16 code units',
    ),
});

/** An indicator as one alert shows it. */
export const alertIndicatorSchema = indicatorSchema
  .extend({
    role: z.enum(ROLES).optional(),
    provenance: z.array(provenanceSchema).describe('Where in the alert it was found, and by what'),
  })
  .meta({ id: 'AlertIndicator' });
export type AlertIndicatorResource = z.infer<typeof alertIndicatorSchema>;

import { z } from 'zod';
import { ROLES } from '../../alert/extracted-indicator.js';
import { indicatorSchema } from './indicator.js';
import { alertProvenanceSchema } from './provenance.js';

/** An indicator as one alert shows it. */
export const alertIndicatorSchema = indicatorSchema
  .extend({
    role: z.enum(ROLES).optional(),
    provenance: z
      .array(alertProvenanceSchema)
      .describe('Where in the alert it was found, and by what'),
  })
  .meta({ id: 'AlertIndicator' });
export type AlertIndicatorResource = z.infer<typeof alertIndicatorSchema>;

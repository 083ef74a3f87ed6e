import { z } from 'zod';
import { maliceSchema } from '../../alert/malice.js';
import { severitySchema } from '../../alert/severity.js';
import { alertStatusSchema } from '../../alert/status.js';
import { CLASSIFICATIONS, ROLES } from '../../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

/** Bounds of one graph. */
export const GRAPH_LIMITS = {
  /** Indicators of the alert, the most telling ones. */
  indicators: 50,
  /** Newest other alerts of each indicator. */
  alertsOfIndicator: 10,
  /** Other alerts in all, the newest ones. */
  alerts: 100,
} as const;

/** An alert, its indicators, and the other alerts that have them too. */
export const relationshipGraphSchema = z
  .object({
    alerts: z
      .array(
        z.object({
          uuid: uuidSchema,
          title: z.string(),
          severity: severitySchema,
          status: alertStatusSchema,
          malice: maliceSchema,
          source_name: z.string(),
          occurred_at: timestampSchema,
          distance: z.int().describe('0: the alert itself; 1: it shares an indicator'),
        }),
      )
      .describe(`The alert itself first; of the others the newest ${GRAPH_LIMITS.alerts}`),
    indicators: z.array(
      z.object({
        uuid: uuidSchema,
        type: indicatorTypeSchema,
        value: z.string(),
        malice: maliceSchema,
        classification: z.enum(CLASSIFICATIONS),
        alert_count: z.int().describe('Alerts that have it, those included that are not here'),
      }),
    ),
    edges: z.array(
      z.object({
        alert_uuid: uuidSchema,
        indicator_uuid: uuidSchema,
        role: z.enum(ROLES).optional().describe('Of the indicator in that alert'),
      }),
    ),
    is_truncated: z.boolean().describe('Whether a bound left out indicators or alerts'),
  })
  .meta({ id: 'RelationshipGraph' });
export type RelationshipGraph = z.infer<typeof relationshipGraphSchema>;

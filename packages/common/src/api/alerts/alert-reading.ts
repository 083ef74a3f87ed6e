import { z } from 'zod';
import { NORMALIZED_FIELDS } from '../../alert/normalized-alert.js';
import { severitySchema } from '../../alert/severity.js';
import { CLASSIFICATIONS, PAYLOAD_PASSES, ROLES } from '../../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { provenanceSchema } from './provenance.js';
import { fieldMappingSchema } from '../sources/field-mapping.js';
import { sourceNameSchema, timestampSchema } from '../http/fields.js';
import { createIndicatorMappingSchema } from '../sources/indicator-mapping.js';
import { issueSchema } from '../http/problem.js';

/** Largest payload that can be tried out, as JSON. Larger ones can only be ingested. */
export const MAX_TRIED_PAYLOAD_BYTES = 200 * 1024;
/** Alerts of a tried payload that are returned; further ones are only counted. */
export const MAX_TRIED_ALERTS = 20;
export const MAX_DRAFT_MAPPINGS = 50;

const payloadSchema = z
  .unknown()
  .describe(`What the sender would post, at most ${MAX_TRIED_PAYLOAD_BYTES} bytes of JSON`);

export const testSourceSchema = z
  .strictObject({
    source_name: sourceNameSchema.optional(),
    field_mapping: fieldMappingSchema
      .optional()
      .describe('A draft: of a custom source, or with `source_name` in place of that source’s own'),
    payload: payloadSchema,
  })
  .refine(
    ({ source_name, field_mapping }) => source_name !== undefined || field_mapping !== undefined,
    { message: 'give source_name, field_mapping or both', path: ['source_name'] },
  )
  .meta({ id: 'TestSource' });
export type TestSource = z.infer<typeof testSourceSchema>;

const statedIndicatorSchema = z.object({
  type: indicatorTypeSchema,
  value: z.string(),
  pointer: z.string().optional(),
  extractor: z.string().optional(),
  role: z.enum(ROLES).optional(),
});

const textsSchema = z.array(z.string());

/** What a source plugin reads in a payload. Nothing is stored. */
export const alertReadingSchema = z
  .object({
    outcome: z
      .enum(['readable', 'quarantined', 'refused'])
      .describe('What ingest would do: take it, set it aside, or answer with a problem'),
    reason: z.string().optional(),
    errors: z.array(issueSchema).optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    severity: severitySchema.optional(),
    severity_original: z.string().optional(),
    occurred_at: timestampSchema.optional(),
    tags: textsSchema.optional(),
    native_alert_id: z.string().optional(),
    source_rule_id: z.string().optional(),
    source_rule_name: z.string().optional(),
    source_url: z.string().optional(),
    mitre_tactics: textsSchema.optional(),
    mitre_techniques: textsSchema.optional(),
    hosts: textsSchema.optional(),
    users: textsSchema.optional(),
    fields: z
      .partialRecord(z.enum(NORMALIZED_FIELDS), z.union([z.string(), textsSchema]))
      .optional(),
    indicators: z.array(statedIndicatorSchema).optional().describe('As the payload states them'),
    notes: textsSchema.optional(),
    dedup_key: z.string().optional().describe('The key by which a repeat is recognised'),
  })
  .meta({ id: 'AlertReading' });
export type AlertReading = z.infer<typeof alertReadingSchema>;

export const testedSourceSchema = z
  .object({
    alerts: z.array(alertReadingSchema),
    alert_count: z.int().describe('Alerts in the payload; the first ones are shown'),
  })
  .meta({ id: 'TestedSource' });

export const testIndicatorMappingsSchema = z
  .strictObject({
    source_name: sourceNameSchema,
    payload: payloadSchema,
    mappings: z
      .array(createIndicatorMappingSchema)
      .max(MAX_DRAFT_MAPPINGS)
      .default([])
      .describe('Drafts, tried besides the active ones'),
  })
  .meta({ id: 'TestIndicatorMappings' });
export type TestIndicatorMappings = z.infer<typeof testIndicatorMappingsSchema>;

const foundIndicatorSchema = z.object({
  type: indicatorTypeSchema,
  value: z.string().describe('Canonical value'),
  display_value: z.string().optional(),
  classification: z.enum(CLASSIFICATIONS),
  is_malformed: z.boolean(),
  role: z.enum(ROLES).optional(),
  provenance: z.array(provenanceSchema),
});

const foundByPass = Object.fromEntries(
  PAYLOAD_PASSES.map((pass) => [pass, z.array(foundIndicatorSchema)]),
) as Record<(typeof PAYLOAD_PASSES)[number], z.ZodArray<typeof foundIndicatorSchema>>;

export const testedIndicatorMappingsSchema = z
  .object({
    alerts: z.array(
      z.object({
        reading: alertReadingSchema,
        passes: z
          .object(foundByPass)
          .describe('What each pass found, with where; several may find the same'),
        indicators: z.array(foundIndicatorSchema).describe('What the alert would be stored with'),
        dropped: z.int().describe('Left out because of the limits per alert'),
        notes: textsSchema.describe('Which limits left something of the payload unread'),
      }),
    ),
    alert_count: z.int().describe('Alerts in the payload; the first ones are shown'),
  })
  .meta({ id: 'TestedIndicatorMappings' });
export type TestedIndicatorMappings = z.infer<typeof testedIndicatorMappingsSchema>;

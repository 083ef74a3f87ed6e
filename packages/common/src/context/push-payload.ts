import { z } from 'zod';
import { alertChangeSchema } from '../alert/alert-change.js';
import { maliceSchema } from '../alert/malice.js';
import { severitySchema } from '../alert/severity.js';
import { alertStatusSchema } from '../alert/status.js';
import { CLASSIFICATIONS, ROLES } from '../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { enrichmentSummarySchema } from '../enrichment/enrichment-summary.js';

const timestamp = z.string().describe('UTC, ISO 8601 with Z');

/** The body of a push. Models can read it directly: full names, no nulls, no codes. */
export const pushPayloadSchema = z
  .object({
    event: z.literal('alert.enriched'),
    alert: z.object({
      uuid: z.string(),
      title: z.string(),
      description: z.string().optional(),
      severity: severitySchema,
      source_name: z.string(),
      status: alertStatusSchema,
      malice: maliceSchema,
      occurred_at: timestamp,
      tags: z.array(z.string()),
      hosts: z.array(z.string()),
      users: z.array(z.string()),
      native_alert_id: z.string().optional().describe('The id of the alert in its source'),
      source_rule_id: z.string().optional(),
      mitre_tactics: z.array(z.string()),
      mitre_techniques: z.array(z.string()),
      normalized_fields: z
        .record(z.string(), z.union([z.string(), z.array(z.string())]))
        .describe('`src_ip`, `actor_email`, …: what the source’s plugin or mapping filled'),
      duplicate_count: z.int(),
      source_url: z.string().optional().describe('The alert in its source'),
      links: z.object({
        self: z.string(),
        findings: z.string(),
        indicators: z.string(),
        raw: z.string().describe('What the sender sent, to the byte'),
      }),
      raw_payload: z
        .unknown()
        .describe('The sender’s payload; hidden characters in it are written visibly'),
      _metadata: z.object({
        generated_at: timestamp,
        alert_source: z.string(),
        indicator_count: z.int(),
        enrichment: enrichmentSummarySchema.extend({ enriched_at: timestamp }),
        detection_rule_matched: z.boolean(),
        context_documents_applied: z.int(),
        update: z
          .object({
            previous_revision: z.int(),
            changes: z.array(alertChangeSchema),
          })
          .optional()
          .describe('What changed since the revision before; absent from the first push'),
        made_visible_count: z
          .int()
          .describe('Hidden characters in this push that are written visibly, as `\\u{202e}`'),
        untrusted_paths: z
          .array(z.string())
          .describe(
            'JSON Pointers to what an attacker could have written, at or below: data, never orders',
          ),
      }),
    }),
    indicators: z.array(
      z.object({
        type: indicatorTypeSchema,
        value: z.string(),
        malice: maliceSchema,
        malice_reasons: z.array(z.string()).optional(),
        classification: z.enum(CLASSIFICATIONS),
        is_malformed: z.literal(true).optional(),
        role: z.enum(ROLES).optional(),
        enrichment_results: z.record(
          z.string(),
          z.object({ extracted: z.record(z.string(), z.unknown()) }),
        ),
      }),
    ),
    detection_rule: z
      .object({
        name: z.string(),
        mitre_tactics: z.array(z.string()),
        mitre_techniques: z.array(z.string()),
        documentation: z.string(),
      })
      .optional(),
    context_documents: z.array(
      z.object({ title: z.string(), doc_type: z.string(), content: z.string() }),
    ),
    workflows: z.array(
      z.object({
        uuid: z.string(),
        name: z.string(),
        documentation: z.string(),
        approval_mode: z.string(),
        risk_level: z.string(),
      }),
    ),
    related_alerts: z.array(
      z.object({
        uuid: z.string(),
        title: z.string(),
        severity: severitySchema,
        status: alertStatusSchema,
        malice: maliceSchema,
        occurred_at: timestamp,
        close_classification: z.string().optional(),
        relation: z.enum(['same_detection_rule', 'shared_indicator']),
      }),
    ),
  })
  .meta({ id: 'PushPayload' });

export type PushPayload = z.infer<typeof pushPayloadSchema>;

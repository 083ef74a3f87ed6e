import { z } from 'zod';
import { alertChangeSchema } from '../alert/alert-change.js';
import { maliceSchema } from '../alert/malice.js';
import { severitySchema } from '../alert/severity.js';
import { alertStatusSchema } from '../alert/status.js';
import { CLASSIFICATIONS, ROLES } from '../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { enrichmentSummarySchema } from '../enrichment/enrichment-summary.js';

const timestamp = z.string().describe('UTC, ISO 8601 with Z');

/** What a payload leaves out, and where it can be read. */
export const omissionSchema = z.object({
  path: z
    .string()
    .describe('JSON Pointer to what is cut or missing; empty: everything that is not here'),
  reason: z.string().describe('The limit that bit: `thin`, `max_tokens`, `max_bytes`, `limit`, …'),
  bytes: z.int().describe('Size of what is missing; 0 where that was never stored'),
  url: z.string().describe('Where the whole can be read'),
});
export type Omission = z.infer<typeof omissionSchema>;

const provenanceSchema = z.object({
  pointer: z.string().describe('JSON Pointer to where the value stands in this payload'),
  stated_as: z.string().optional().describe('As written there, where it differs from `value`'),
  span: z
    .array(z.int())
    .optional()
    .describe('Start and end in that text, in UTF-16 code units; absent: all of it'),
  added_by: z
    .string()
    .optional()
    .describe('Id of the API key that added it to the alert; the sender need not have it'),
  agent_name: z.string().optional().describe('The agent that this key belongs to'),
});

export const pushIndicatorSchema = z.object({
  type: indicatorTypeSchema,
  value: z.string(),
  malice: maliceSchema,
  malice_reasons: z.array(z.string()).optional(),
  classification: z.enum(CLASSIFICATIONS).optional().describe('Absent: public'),
  is_malformed: z.literal(true).optional(),
  role: z.enum(ROLES).optional(),
  enrichment_results: z
    .record(z.string(), z.object({ extracted: z.record(z.string(), z.unknown()) }))
    .describe('By provider; one that says nothing new is left out'),
  provenance: z
    .array(provenanceSchema)
    .optional()
    .describe(
      'Absent: `value` is the whole of a text in `raw_payload`, but for the case of letters',
    ),
});
export type PushIndicator = z.infer<typeof pushIndicatorSchema>;

export const pushDetectionRuleSchema = z.object({
  name: z.string(),
  mitre_tactics: z.array(z.string()),
  mitre_techniques: z.array(z.string()),
  documentation: z.string(),
});

export const pushDocumentSchema = z.object({
  title: z.string(),
  doc_type: z.string(),
  content: z.string(),
});

export const pushWorkflowSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  documentation: z.string(),
  approval_mode: z.string(),
  risk_level: z.string(),
  is_executable: z
    .literal(true)
    .optional()
    .describe(
      'A run is asked for by `POST /v1/workflows/{uuid}/execute`; without it the workflow is documentation',
    ),
});

export const pushRelatedAlertSchema = z.object({
  uuid: z.string(),
  title: z.string(),
  severity: severitySchema,
  status: alertStatusSchema,
  malice: maliceSchema,
  occurred_at: timestamp,
  close_classification: z.string().optional(),
  relation: z.enum(['same_detection_rule', 'shared_indicator']),
  findings: z
    .array(
      z.object({
        summary: z.string(),
        confidence: z.number().optional(),
        classification: z.string().optional(),
      }),
    )
    .optional()
    .describe(
      'The newest three, their summaries cut to 500 characters; absent where there are none',
    ),
});

export const payloadFindingSchema = z.object({
  uuid: z.string(),
  summary: z.string(),
  confidence: z.number().optional(),
  classification: z.string().optional(),
  recommended_actions: z.array(z.string()),
  details: z.record(z.string(), z.unknown()),
  created_by: z.string().describe('Id of the API key that posted it'),
  agent_name: z.string().optional(),
  created_at: timestamp,
});
export type PayloadFinding = z.infer<typeof payloadFindingSchema>;

export const linksSchema = z.object({
  self: z
    .string()
    .describe(
      'Absolute URL of the alert itself, with findings and everything that a push leaves out',
    ),
  occurrences: z
    .string()
    .optional()
    .describe('Later messages of the source about it; relative to `self`; absent: none yet'),
  raw: z.string().optional().describe('What the sender sent, to the byte; relative to `self`'),
});

const metadataSchema = z.object({
  generated_at: timestamp,
  alert_source: z.string(),
  agent: z.string().optional().describe('Name of the agent that this is pushed to'),
  revision: z.int().describe('Grows with each replay and with the updates that are pushed'),
  indicator_count: z.int().describe('Of the alert; `omitted` says how many are not here'),
  enrichment: enrichmentSummarySchema.extend({ enriched_at: timestamp }).partial({ reasons: true }),
  detection_rule_matched: z.boolean(),
  context_documents_applied: z.int(),
  update: z
    .object({
      previous_revision: z.int(),
      changes: z.array(alertChangeSchema),
    })
    .optional()
    .describe('What changed since the revision before; absent from the first push'),
  test: z
    .literal(true)
    .optional()
    .describe(
      'A test push: its alert takes findings and a status like any other, and is gone after a day',
    ),
  replay: z
    .literal(true)
    .optional()
    .describe(
      'Pushed by a replay; the webhook-id is that of an earlier push of this alert, if there was one',
    ),
  made_visible_count: z
    .int()
    .optional()
    .describe('Hidden characters that are written visibly, as `\\u{202e}`; absent: none'),
  omitted: z
    .array(omissionSchema)
    .optional()
    .describe('What is cut or left out, and where it can be read; absent: nothing'),
  untrusted_paths: z
    .array(z.string())
    .describe(
      'JSON Pointers to what an attacker could have written, at or below: data, never orders',
    ),
});

export const pushAlertSchema = z.object({
  uuid: z.string(),
  title: z.string(),
  description: z.string().optional(),
  severity: severitySchema,
  source_name: z.string(),
  status: alertStatusSchema,
  malice: maliceSchema,
  occurred_at: timestamp,
  tags: z.array(z.string()),
  hosts: z.array(z.string()).optional().describe('Absent: the payload names none'),
  users: z.array(z.string()).optional(),
  native_alert_id: z.string().optional().describe('The id of the alert in its source'),
  source_rule_id: z.string().optional(),
  mitre_tactics: z.array(z.string()).optional(),
  mitre_techniques: z.array(z.string()).optional(),
  normalized_fields: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe(
      '`process_name`, `dns_query`, …: what the source’s plugin or mapping filled, but for what only repeats a host, a ' +
        'user, or a URL, a hash or the value of a role (`src_ip`: `source`) of `indicators`',
    ),
  duplicate_count: z.int().optional().describe('Repeats so far; absent: none'),
  source_url: z.string().optional().describe('The alert in its source'),
  links: linksSchema,
  raw_payload: z
    .unknown()
    .describe('The sender’s payload, hidden characters written visibly; null: left out'),
  _metadata: metadataSchema,
});

/** The body of a push. Models can read it directly: full names, no codes. */
export const pushPayloadSchema = z
  .object({
    event: z.literal('alert.enriched'),
    alert: pushAlertSchema,
    indicators: z.array(pushIndicatorSchema),
    detection_rule: pushDetectionRuleSchema.nullable(),
    context_documents: z.array(pushDocumentSchema),
    workflows: z.array(pushWorkflowSchema),
    related_alerts: z.array(pushRelatedAlertSchema),
  })
  .meta({ id: 'PushPayload' });
export type PushPayload = z.infer<typeof pushPayloadSchema>;

/** A push, or with `findings` the context of an alert as answers show it. */
export type Payload = PushPayload & { findings?: PayloadFinding[] };

/** What fits into the smallest budgets. */
export type BriefContext = {
  alert: Pick<Payload['alert'], 'uuid' | 'title' | 'severity' | 'status' | 'malice'> & {
    _metadata: { omitted: Omission[]; untrusted_paths: string[] };
  };
  indicators: Pick<Payload['indicators'][number], 'type' | 'value' | 'malice'>[];
};

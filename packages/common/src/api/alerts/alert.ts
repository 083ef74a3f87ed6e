import { z } from 'zod';
import { CLOSE_WORDS } from '../../alert/verdict-words.js';
import { alertChangeSchema } from '../../alert/alert-change.js';
import { maliceSchema } from '../../alert/malice.js';
import { severitySchema } from '../../alert/severity.js';
import {
  alertStatusSchema,
  enrichmentStatusSchema,
  pipelineStageSchema,
} from '../../alert/status.js';
import { enrichmentSummarySchema } from '../../enrichment/enrichment-summary.js';
import { uuidSchema } from '../../core/ids.js';
import { instantSchema, tagsSchema, timestampSchema } from '../http/fields.js';
import { listParameter, pageQuerySchema } from '../http/pagination.js';

/** An alert in a list, without its payload. */
export const alertSummarySchema = z
  .object({
    uuid: uuidSchema,
    title: z.string(),
    description: z.string().optional(),
    severity: severitySchema,
    severity_original: z.string().optional().describe('The severity as the sender wrote it'),
    status: alertStatusSchema,
    source_name: z.string(),
    source_url: z.string().optional(),
    native_alert_id: z.string().optional(),
    source_rule_id: z.string().optional(),
    source_rule_name: z.string().optional(),
    mitre_tactics: z.array(z.string()),
    mitre_techniques: z.array(z.string()),
    tags: z.array(z.string()),
    hosts: z.array(z.string()).describe('Machines that the payload names'),
    users: z.array(z.string()).describe('People and accounts that the payload names'),
    occurred_at: timestampSchema,
    received_at: timestampSchema,
    last_seen_at: timestampSchema,
    duplicate_count: z.int(),
    source_status: z
      .string()
      .optional()
      .describe('How the source stands to the alert, in its own word: `resolved`, `Closed`'),
    source_ended_at: timestampSchema
      .optional()
      .describe('When the source said that the alert is over'),
    revision: z.int().describe('Grows with each replay and with the updates that are pushed'),
    previous_alert_uuid: uuidSchema.optional().describe('The closed alert that this one repeats'),
    detection_rule_uuid: uuidSchema.optional(),
    indicator_count: z.int(),
    malice: maliceSchema.describe('The verdict: a person’s override, else the computed one'),
    malice_override: maliceSchema.optional(),
    enrichment_status: enrichmentStatusSchema,
    enriched_at: timestampSchema.optional(),
    pipeline_stage: pipelineStageSchema,
    failure: z
      .object({ code: z.string(), reason: z.string() })
      .optional()
      .describe(
        'Why it stands in the stage failed or quarantined; the codes are in docs/errors.md',
      ),
    mute_uuid: uuidSchema
      .optional()
      .describe('The mute that kept its last revision from being pushed'),
    close_classification: z.string().optional(),
    assignee: z.string().optional().describe('Who works on it'),
    closed_at: timestampSchema.optional(),
    updated_at: timestampSchema,
  })
  .meta({ id: 'AlertSummary' });
export type AlertSummary = z.infer<typeof alertSummarySchema>;

export const alertSchema = alertSummarySchema
  .extend({
    enrichment: enrichmentSummarySchema,
    normalized_fields: z.record(z.string(), z.unknown()),
    ingest_notes: z.array(z.string()).describe('What was assumed or repaired while reading'),
    extraction_notes: z
      .array(z.string())
      .describe('Which limits left indicators unread in the payload'),
    raw_payload: z
      .unknown()
      .describe('Hidden characters are written visibly; as it came: `GET /v1/alerts/{uuid}/raw`'),
  })
  .meta({ id: 'Alert' });
export type AlertResource = z.infer<typeof alertSchema>;

/** An alert that was parsed again. */
export const reparsedAlertSchema = alertSchema
  .extend({
    further_alert_uuids: z
      .array(uuidSchema)
      .describe('Alerts that the payload turned out to hold besides'),
  })
  .meta({ id: 'ReparsedAlert' });

/** An alert that was enriched anew. */
export const enrichedAlertSchema = alertSchema
  .extend({
    is_enrichment_changed: z
      .boolean()
      .describe(
        'Whether a provider knows something new or a verdict changed; agents are then told',
      ),
  })
  .meta({ id: 'EnrichedAlert' });

export const updateAlertSchema = z
  .strictObject({
    status: alertStatusSchema,
    severity: severitySchema,
    tags: tagsSchema,
    close_classification: z
      .enum(CLOSE_WORDS)
      .describe('What it turned out to be; only while closing it, or after'),
    malice_override: maliceSchema.nullable().describe('null: back to the computed verdict'),
    assignee: z.string().trim().min(1).max(200).nullable().describe('null: nobody'),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, { message: 'nothing to change' })
  .meta({ id: 'UpdateAlert' });
export type UpdateAlert = z.infer<typeof updateAlertSchema>;

export const alertFilterSchema = z.object({
  status: listParameter(alertStatusSchema).optional().describe('One or several, comma-separated'),
  severity: listParameter(severitySchema).optional(),
  min_severity: severitySchema.optional(),
  source_name: listParameter(z.string().min(1).max(200)).optional(),
  tags: listParameter(z.string().min(1).max(200)).optional().describe('Any of them'),
  all_tags: listParameter(z.string().min(1).max(200)).optional().describe('All of them'),
  host: listParameter(z.string().trim().min(1).max(300))
    .optional()
    .describe('Any of them, in any letter case; `ws-01` finds `WS-01.corp.example` too'),
  user: listParameter(z.string().trim().min(1).max(300))
    .optional()
    .describe(
      'Any of them, in any letter case; `dora` finds `CORP\\dora` and `dora@corp.example` too',
    ),
  indicator: z
    .string()
    .trim()
    .min(1)
    .max(2_048)
    .optional()
    .describe('A value in any spelling: upper case, defanged, another form of an IPv6 address'),
  malice: listParameter(maliceSchema).optional(),
  enrichment_status: enrichmentStatusSchema.optional(),
  pipeline_stage: pipelineStageSchema.optional(),
  detection_rule_uuid: uuidSchema.optional(),
  is_muted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('Whether a mute kept it from being pushed'),
  received_from: instantSchema.optional().describe('Inclusive'),
  received_to: instantSchema.optional().describe('Exclusive'),
  occurred_from: instantSchema.optional().describe('Inclusive'),
  occurred_to: instantSchema.optional().describe('Exclusive'),
  q: z
    .string()
    .max(200)
    .regex(/[^\s!-/:-@[-`{-~]/, 'needs a letter or a digit')
    .optional()
    .describe(
      'Words, or beginnings of them, in title, description, rule, native id, hosts, users and tags; all must be there. ' +
        'Found once the alert is extracted',
    ),
});
export const alertListQuerySchema = pageQuerySchema.extend({
  ...alertFilterSchema.shape,
  sort: z
    .enum(['-received_at', '-occurred_at'])
    .optional()
    .describe(
      'Newest first. Without it by receipt or, where `occurred_from` or `occurred_to` is given, by occurrence',
    ),
});
export type AlertListQuery = z.infer<typeof alertListQuerySchema>;
export type AlertFilter = z.infer<typeof alertFilterSchema>;

/** A later message about an alert that said something which none before it did, or changed the alert. */
export const occurrenceSchema = z
  .object({
    uuid: uuidSchema,
    received_at: timestampSchema,
    changes: z.array(alertChangeSchema).describe('What it changed of the alert; empty: nothing'),
    raw_payload: z.unknown().describe('Hidden characters are written visibly'),
    links: z.object({ raw: z.string().describe('Where the bytes are, as they came') }),
  })
  .meta({ id: 'Occurrence' });
export type OccurrenceResource = z.infer<typeof occurrenceSchema>;

export const activitySchema = z
  .object({
    uuid: uuidSchema,
    at: timestampSchema,
    kind: z
      .string()
      .describe(
        'received, extracted, enriched, dispatched, failed, updated, finding_posted, commented, replayed, repeated, source_updated, source_ended, revised, updates_held, malice_raised, enriched_anew, indicator_overridden, …',
      ),
    actor: z.string().describe('A service, or the id of an API key'),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Activity' });
export type ActivityResource = z.infer<typeof activitySchema>;

export const activityQuerySchema = pageQuerySchema.extend({
  format: z
    .enum(['json', 'text'])
    .default('json')
    .describe('`text`: one line an entry, for people; a last line tells where it goes on'),
});

import { z } from 'zod';
import { ACTIVITY_KINDS } from '../../alert/activity-kind.js';
import { SEVERITIES } from '../../alert/severity.js';
import { uuidSchema } from '../../core/ids.js';
import { TEST_SOURCE } from '../../alert/test-source.js';
import { listParameter } from '../http/pagination.js';
import {
  activitySchema,
  alertFilterSchema,
  type AlertSummary,
  alertSummarySchema,
} from './alert.js';

/** Filters of the stream: those of the list of alerts that can be judged by the alert alone, and the kind of change. */
export const streamQuerySchema = z.object({
  kind: listParameter(z.enum(ACTIVITY_KINDS))
    .optional()
    .describe('What happened: one or several, comma-separated'),
  alert_uuid: listParameter(uuidSchema).optional().describe('Of these alerts alone'),
  ...alertFilterSchema.pick({
    status: true,
    severity: true,
    min_severity: true,
    source_name: true,
    tags: true,
    all_tags: true,
    malice: true,
    pipeline_stage: true,
    detection_rule_uuid: true,
  }).shape,
});
export type StreamQuery = z.infer<typeof streamQuerySchema>;

export const alertChangedSchema = z
  .object({
    event: z.literal('alert.changed'),
    change: activitySchema.describe('A line of the activity of the alert'),
    alert: alertSummarySchema.describe('As it was when the change was sent'),
    _metadata: z.object({
      untrusted_paths: z
        .array(z.string())
        .describe('JSON Pointers to what an attacker could have written'),
      made_visible_count: z.int().optional().describe('Hidden characters that are written visibly'),
    }),
  })
  .meta({ id: 'AlertChanged' });
export type AlertChanged = z.infer<typeof alertChangedSchema>;

/** Whether a change fits the filters; those of the alert look at it as it is now. */
export function fitsStream(query: StreamQuery, kind: string, alert: AlertSummary): boolean {
  const among = <T>(wanted: readonly T[] | undefined, value: T): boolean =>
    wanted?.includes(value) ?? true;
  const { min_severity: minimum, tags, all_tags: allTags, source_name: sources } = query;
  return (
    among<string>(query.kind, kind) &&
    among(query.alert_uuid, alert.uuid) &&
    among(query.status, alert.status) &&
    among(query.severity, alert.severity) &&
    (minimum === undefined || SEVERITIES.indexOf(alert.severity) >= SEVERITIES.indexOf(minimum)) &&
    (sources?.includes(alert.source_name) ?? alert.source_name !== TEST_SOURCE) &&
    (tags?.some((tag) => alert.tags.includes(tag)) ?? true) &&
    (allTags?.every((tag) => alert.tags.includes(tag)) ?? true) &&
    among(query.malice, alert.malice) &&
    (query.pipeline_stage ?? alert.pipeline_stage) === alert.pipeline_stage &&
    (query.detection_rule_uuid ?? alert.detection_rule_uuid) === alert.detection_rule_uuid
  );
}

const WRITTEN_BY_OTHERS = [
  'title',
  'description',
  'severity_original',
  'source_url',
  'native_alert_id',
  'source_rule_id',
  'source_rule_name',
  'source_status',
  'mitre_tactics',
  'mitre_techniques',
  'tags',
  'hosts',
  'users',
  'failure',
] as const satisfies readonly (keyof AlertSummary)[];

/** JSON Pointers into a change to what the sender of the alert, a provider or an agent could have written. */
export const untrustedPathsOf = (
  alert: AlertSummary,
  detail: Readonly<Record<string, unknown>>,
): string[] => [
  ...(Object.keys(detail).length === 0 ? [] : ['/change/detail']),
  ...WRITTEN_BY_OTHERS.filter((field) => {
    const value = alert[field];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  }).map((field) => `/alert/${field}`),
];

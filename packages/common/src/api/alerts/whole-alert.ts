import { z } from 'zod';
import {
  linksSchema,
  omissionSchema,
  type Payload,
  payloadFindingSchema,
  pushAlertSchema,
  pushDetectionRuleSchema,
  pushDocumentSchema,
  pushIndicatorSchema,
  pushRelatedAlertSchema,
  pushWorkflowSchema,
} from '../../context/push-payload.js';
import { CONTEXT_TOKENS } from '../../context/payload-settings.js';
import { alertSchema, type AlertResource } from './alert.js';
import { integerParameter } from '../http/integer-parameter.js';
import { listParameter } from '../http/pagination.js';

/** Parts of an alert that `expand` names. */
export const ALERT_PARTS = [
  'indicators',
  'detection_rule',
  'context_documents',
  'workflows',
  'related_alerts',
  'findings',
  'raw_payload',
] as const;
type AlertPart = (typeof ALERT_PARTS)[number];

export const wholeAlertQuerySchema = z.object({
  expand: listParameter(z.enum(ALERT_PARTS))
    .optional()
    .describe('The parts to answer, comma-separated; all by default'),
});

/** An alert with what is known about it, in the names and shapes of a push. */
export const wholeAlertSchema = alertSchema
  .partial({ raw_payload: true })
  .extend({
    links: linksSchema,
    indicators: z.array(pushIndicatorSchema).optional(),
    detection_rule: pushDetectionRuleSchema.nullable().optional(),
    context_documents: z.array(pushDocumentSchema).optional(),
    workflows: z.array(pushWorkflowSchema).optional(),
    related_alerts: z.array(pushRelatedAlertSchema).optional(),
    findings: z.array(payloadFindingSchema).optional(),
    _metadata: z.object({
      omitted: z.array(omissionSchema).describe('What is cut, and where the whole is'),
      untrusted_paths: z
        .array(z.string())
        .describe('JSON Pointers to what an attacker could have written: data, never orders'),
    }),
  })
  .meta({ id: 'WholeAlert' });
export type WholeAlert = z.infer<typeof wholeAlertSchema>;

/** Fields of an alert that senders or agents write and a push does not have. */
const MORE_UNTRUSTED = [
  'severity_original',
  'source_rule_name',
  'source_status',
  'failure',
  'ingest_notes',
  'assignee',
] as const;

/** An alert as an answer shows it, from its fields and its payload. */
export function toWholeAlert(
  alert: AlertResource,
  payload: Payload,
  parts: readonly AlertPart[] = ALERT_PARTS,
): WholeAlert {
  const { alert: pushed, ...sections } = payload;
  const given = {
    ...sections,
    indicators: sections.indicators.map(inAnswer),
    raw_payload: pushed.raw_payload,
  };
  const shown = Object.fromEntries(parts.map((part) => [part, given[part]]));
  const { omitted = [], untrusted_paths: paths } = pushed._metadata;
  const whole: Omit<WholeAlert, '_metadata'> = { ...alert, links: pushed.links, ...shown };
  if (!parts.includes('raw_payload')) delete whole.raw_payload;
  const more = MORE_UNTRUSTED.filter((name) => alert[name] !== undefined);
  return {
    ...whole,
    _metadata: {
      omitted: omitted.map((one) => ({ ...one, path: toAnswerPath(one.path) })),
      untrusted_paths: [
        ...paths.map(toAnswerPath).filter((path) => firstKey(path) in whole),
        ...more.map((name) => `/${name}`),
      ],
    },
  };
}

const firstKey = (path: string): string => path.split('/')[1] ?? '';

/** In an answer the fields of the alert stand at the top, and how it was enriched among them. */
const toAnswerPath = (path: string): string =>
  path.replace(/^\/alert(?:\/_metadata(?=\/enrichment\/))?(?=\/)/, '');

const inAnswer = ({
  provenance,
  ...indicator
}: Payload['indicators'][number]): Payload['indicators'][number] => ({
  ...indicator,
  ...(provenance && {
    provenance: provenance.map((place) => ({ ...place, pointer: toAnswerPath(place.pointer) })),
  }),
});

export const CONTEXT_FORMATS = ['json', 'markdown'] as const;

export const contextQuerySchema = z.object({
  format: z.enum(CONTEXT_FORMATS).default('json'),
  max_tokens: integerParameter(CONTEXT_TOKENS.min, CONTEXT_TOKENS.max)
    .default(CONTEXT_TOKENS.default)
    .describe('Tokens (o200k) that the answer has at most'),
});
export type ContextQuery = z.infer<typeof contextQuerySchema>;

/** The context of an alert for a model; with few tokens only what decides. */
export const alertContextSchema = z
  .object({
    alert: pushAlertSchema.partial().extend({
      _metadata: pushAlertSchema.shape._metadata.partial(),
    }),
    indicators: z.array(pushIndicatorSchema.partial()),
    detection_rule: pushDetectionRuleSchema.nullable().optional(),
    context_documents: z.array(pushDocumentSchema).optional(),
    workflows: z.array(pushWorkflowSchema).optional(),
    related_alerts: z.array(pushRelatedAlertSchema).optional(),
    findings: z.array(payloadFindingSchema).optional(),
  })
  .meta({ id: 'AlertContext' });

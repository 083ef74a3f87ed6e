import { formatTimestamp } from '../timestamp.js';
import {
  type AlertContext,
  type ContextAlert,
  type ContextIndicator,
  type RelatedAlert,
} from './alert-context.js';
import { type PushPayload } from './push-payload.js';

/**
 * JSON Pointers to the parts of this push that the sender of the alert wrote, who may be an attacker. This includes
 * the name of a detection rule that was created from an alert.
 */
const untrustedPaths = ({
  alert,
  indicators,
  detectionRule,
  relatedAlerts,
  update,
}: AlertContext): string[] => [
  '/alert/title',
  ...(alert.description === undefined ? [] : ['/alert/description']),
  '/alert/tags',
  '/alert/hosts',
  '/alert/users',
  ...(alert.nativeAlertId === undefined ? [] : ['/alert/native_alert_id']),
  ...(alert.sourceRuleId === undefined ? [] : ['/alert/source_rule_id']),
  '/alert/normalized_fields',
  ...(alert.sourceUrl === undefined ? [] : ['/alert/source_url']),
  '/alert/raw_payload',
  ...(alert.enrichmentFailed.length === 0 ? [] : ['/alert/_metadata/enrichment/reasons']),
  ...(update ? ['/alert/_metadata/update/changes'] : []),
  ...(indicators.length === 0 ? [] : ['/indicators']),
  ...(detectionRule ? ['/detection_rule/name'] : []),
  ...(relatedAlerts.length === 0 ? [] : ['/related_alerts']),
];

export type PushOptions = {
  generatedAt: Date;
  /** Where agents reach this Calseta, without a trailing slash. */
  publicUrl: string;
  /** Number of hidden characters that were written visibly. */
  madeVisibleCount?: number;
};

/**
 * Builds the documented push payload from everything that is known about an alert. The caller neutralises hidden
 * characters when it serialises the payload.
 */
export function buildPush(context: AlertContext, options: PushOptions): PushPayload {
  const { detectionRule } = context;
  return {
    event: 'alert.enriched',
    alert: buildAlert(context, options),
    indicators: context.indicators.map(buildIndicator),
    ...(detectionRule && {
      detection_rule: {
        name: detectionRule.name,
        mitre_tactics: detectionRule.mitreTactics,
        mitre_techniques: detectionRule.mitreTechniques,
        documentation: detectionRule.documentation,
      },
    }),
    context_documents: context.contextDocuments.map(({ title, docType, content }) => ({
      title,
      doc_type: docType,
      content,
    })),
    workflows: context.workflows.map((workflow) => ({
      uuid: workflow.uuid,
      name: workflow.name,
      documentation: workflow.documentation,
      approval_mode: workflow.approvalMode,
      risk_level: workflow.riskLevel,
    })),
    related_alerts: context.relatedAlerts.map(buildRelatedAlert),
  };
}

function buildAlert(context: AlertContext, options: PushOptions): PushPayload['alert'] {
  const { alert, update } = context;
  return {
    uuid: alert.uuid,
    title: alert.title,
    ...(alert.description !== undefined && { description: alert.description }),
    severity: alert.severity,
    source_name: alert.sourceName,
    status: alert.status,
    malice: alert.malice,
    occurred_at: formatTimestamp(alert.occurredAt),
    tags: alert.tags,
    hosts: alert.hosts,
    users: alert.users,
    ...(alert.nativeAlertId !== undefined && { native_alert_id: alert.nativeAlertId }),
    ...(alert.sourceRuleId !== undefined && { source_rule_id: alert.sourceRuleId }),
    mitre_tactics: alert.mitreTactics,
    mitre_techniques: alert.mitreTechniques,
    normalized_fields: alert.normalizedFields,
    duplicate_count: alert.duplicateCount,
    ...(alert.sourceUrl !== undefined && { source_url: alert.sourceUrl }),
    links: buildLinks(alert, options.publicUrl),
    raw_payload: alert.rawPayload,
    _metadata: {
      generated_at: formatTimestamp(options.generatedAt),
      alert_source: alert.sourceName,
      indicator_count: context.indicators.length,
      enrichment: {
        succeeded: alert.enrichmentSucceeded,
        not_found: alert.enrichmentNotFound,
        failed: alert.enrichmentFailed,
        reasons: alert.enrichmentReasons,
        enriched_at: formatTimestamp(alert.enrichedAt),
      },
      detection_rule_matched: context.detectionRule !== undefined,
      context_documents_applied: context.contextDocuments.length,
      ...(update && {
        update: { previous_revision: update.previousRevision, changes: update.changes },
      }),
      made_visible_count: options.madeVisibleCount ?? 0,
      untrusted_paths: untrustedPaths(context),
    },
  };
}

function buildLinks({ uuid }: ContextAlert, publicUrl: string): PushPayload['alert']['links'] {
  const self = `${publicUrl}/v1/alerts/${uuid}`;
  return {
    self,
    findings: `${self}/findings`,
    indicators: `${self}/indicators`,
    raw: `${self}/raw`,
  };
}

function buildIndicator(indicator: ContextIndicator): PushPayload['indicators'][number] {
  return {
    type: indicator.type,
    value: indicator.value,
    malice: indicator.malice,
    ...(indicator.maliceReasons.length > 0 && { malice_reasons: indicator.maliceReasons }),
    classification: indicator.classification,
    ...(indicator.isMalformed && { is_malformed: true as const }),
    ...(indicator.role && { role: indicator.role }),
    enrichment_results: indicator.enrichmentResults,
  };
}

function buildRelatedAlert(related: RelatedAlert): PushPayload['related_alerts'][number] {
  return {
    uuid: related.uuid,
    title: related.title,
    severity: related.severity,
    status: related.status,
    malice: related.malice,
    occurred_at: formatTimestamp(related.occurredAt),
    ...(related.closeClassification !== undefined && {
      close_classification: related.closeClassification,
    }),
    relation: related.relation,
  };
}

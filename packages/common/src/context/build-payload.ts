import { formatTimestamp } from '../core/timestamp.js';
import {
  type AlertContext,
  type ContextAlert,
  type ContextIndicator,
  type RelatedAlert,
} from './alert-context.js';
import { pointInto, type ReadText } from './point-into.js';
import { type Omission, type Payload, type PushIndicator } from './push-payload.js';
import { fieldsToldNowhereElse, sayOnce, timesOf } from './say-once.js';

export type PayloadOptions = {
  generatedAt: Date;
  /** Where agents reach this Calseta, without a trailing slash. */
  publicUrl: string;
  /** Names the place of every indicator, where a push leaves out those that are found by searching for the value. */
  namesEveryPlace?: true;
};

/**
 * The whole payload about an alert, without bounds; `_metadata.omitted` names what the context lacks already.
 * Hidden characters are still in it, and the place of the raw payload holds null.
 */
export function buildPayload(
  context: AlertContext,
  options: PayloadOptions,
  readHidden: ReadText = () => undefined,
): Payload {
  const { detectionRule, findings } = context;
  const { namesEveryPlace } = options;
  const relatedTimes = timesOf(context.relatedAlerts);
  return {
    event: 'alert.enriched',
    alert: buildAlert(context, options),
    indicators: context.indicators.map((indicator) =>
      buildIndicator(indicator, { namesEveryPlace, relatedTimes, readHidden }),
    ),
    detection_rule: detectionRule
      ? {
          name: detectionRule.name,
          mitre_tactics: detectionRule.mitreTactics,
          mitre_techniques: detectionRule.mitreTechniques,
          documentation: detectionRule.documentation,
        }
      : null,
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
      ...(workflow.hasSteps && { is_executable: true as const }),
    })),
    related_alerts: context.relatedAlerts.map(buildRelatedAlert),
    ...(findings && { findings }),
  };
}

function buildAlert(context: AlertContext, options: PayloadOptions): Payload['alert'] {
  const { alert } = context;
  const fields = fieldsToldNowhereElse(context);
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
    ...(alert.hosts.length > 0 && { hosts: alert.hosts }),
    ...(alert.users.length > 0 && { users: alert.users }),
    ...(alert.nativeAlertId !== undefined && { native_alert_id: alert.nativeAlertId }),
    ...(alert.sourceRuleId !== undefined && { source_rule_id: alert.sourceRuleId }),
    ...(alert.mitreTactics.length > 0 && { mitre_tactics: alert.mitreTactics }),
    ...(alert.mitreTechniques.length > 0 && { mitre_techniques: alert.mitreTechniques }),
    ...(Object.keys(fields).length > 0 && { normalized_fields: fields }),
    ...(alert.duplicateCount > 0 && { duplicate_count: alert.duplicateCount }),
    ...(alert.sourceUrl !== undefined && { source_url: alert.sourceUrl }),
    links: shownLinks(alert, options.publicUrl),
    raw_payload: null,
    _metadata: buildMetadata(context, options),
  };
}

function buildMetadata(context: AlertContext, options: PayloadOptions) {
  const { alert, update } = context;
  return {
    generated_at: wholeSeconds(options.generatedAt),
    alert_source: alert.sourceName,
    revision: context.revision,
    ...context.marks,
    indicator_count: countIndicators(context),
    enrichment: {
      succeeded: alert.enrichmentSucceeded,
      not_found: alert.enrichmentNotFound,
      failed: alert.enrichmentFailed,
      ...(alert.enrichmentFailed.length > 0 && { reasons: alert.enrichmentReasons }),
      ...(alert.knownExploited &&
        alert.knownExploited.length > 0 && { known_exploited: alert.knownExploited }),
      enriched_at: wholeSeconds(alert.enrichedAt),
    },
    detection_rule_matched: context.detectionRule !== undefined,
    context_documents_applied: context.contextDocuments.length,
    ...(update && {
      update: { previous_revision: update.previousRevision, changes: update.changes },
    }),
    ...missingEntries(context, options.publicUrl),
    untrusted_paths: [],
  };
}

/** All that were found, also those beyond the limits. */
const countIndicators = ({
  alert,
  indicators,
}: Pick<AlertContext, 'alert' | 'indicators'>): number =>
  Math.max(alert.indicatorCount, indicators.length) + alert.droppedIndicatorCount;

/** Indicators that the alert has or had, and findings that it has, and the context has not. */
function missingEntries(
  { alert, indicators, findings = [], findingCount = findings.length }: AlertContext,
  publicUrl: string,
): { omitted?: Omission[] } {
  const { self, raw } = buildLinks(alert, publicUrl);
  const lists = [
    {
      path: '/indicators',
      shown: indicators.length,
      total: countIndicators({ alert, indicators }),
      url: alert.droppedIndicatorCount > 0 ? raw : `${self}/indicators`,
    },
    {
      path: '/findings',
      shown: findings.length,
      total: findingCount,
      url: `${self}/findings`,
    },
  ];
  const omitted = lists
    .filter(({ shown, total }) => shown < total)
    .map(({ path, shown, total, url }) => ({
      path,
      reason: `limit: ${shown} of ${total}`,
      bytes: 0,
      url,
    }));
  return omitted.length > 0 ? { omitted } : {};
}

/** URLs of an alert and of what belongs to it. */
export function buildLinks({ uuid }: Pick<ContextAlert, 'uuid'>, publicUrl: string) {
  const self = `${publicUrl}/v1/alerts/${uuid}`;
  return {
    self,
    context: `${self}/context`,
    occurrences: `${self}/occurrences`,
    raw: `${self}/raw`,
  };
}

/** The address once, and paths beside it (RFC 3986, 4.2); without a link that leads to nothing yet. */
function shownLinks(alert: ContextAlert, publicUrl: string): Payload['alert']['links'] {
  const { self, occurrences, raw } = buildLinks(alert, publicUrl);
  const start = /^https?:\/\/[^/]+/.exec(publicUrl)?.[0].length ?? 0;
  return {
    self,
    raw: raw.slice(start),
    ...(alert.duplicateCount > 0 && { occurrences: occurrences.slice(start) }),
  };
}

type IndicatorOptions = {
  namesEveryPlace: true | undefined;
  relatedTimes: ReturnType<typeof timesOf>;
  readHidden: ReadText;
};

function buildIndicator(
  indicator: ContextIndicator,
  { relatedTimes, namesEveryPlace, readHidden }: IndicatorOptions,
): PushIndicator {
  const { classification } = indicator;
  const places = pointInto(indicator, readHidden);
  const isNamed = namesEveryPlace === true || places.some(({ isFoundByValue }) => !isFoundByValue);
  return {
    type: indicator.type,
    value: indicator.value,
    malice: indicator.malice,
    ...(indicator.maliceReasons.length > 0 && { malice_reasons: indicator.maliceReasons }),
    ...(classification !== 'public' && { classification }),
    ...(indicator.isMalformed && { is_malformed: true as const }),
    ...(indicator.role && { role: indicator.role }),
    enrichment_results: sayOnce(indicator, relatedTimes),
    ...(isNamed && places.length > 0 && { provenance: places.map(({ place }) => place) }),
  };
}

function buildRelatedAlert(related: RelatedAlert): Payload['related_alerts'][number] {
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
    ...(related.findings.length > 0 && { findings: related.findings }),
  };
}

const wholeSeconds = (at: Date): string =>
  formatTimestamp(new Date(Math.floor(at.getTime() / 1_000) * 1_000));

import {
  type AlertChange,
  type AlertUpdate,
  type ContextAlert,
  type ContextDetectionRule,
  type ContextIndicator,
  describeSightings,
  NEWS_IN_ALERT_FROM,
  type PipelineStage,
  type RelatedAlert,
  type Role,
  SIGHTINGS,
  type Sightings,
} from '@calseta/common';
import { type Database } from '../../core/database.js';
import { groupByKey } from '../../core/group-by-key.js';
import { ALERTS, INDICATORS, RELATED, RELATED_BOUNDS, WEIGH } from './alert-context-queries.js';

/** An alert with everything stored about it; the caller adds documents and workflows. */
export type StoredAlertContext = {
  /** Configuration version at the time of reading. */
  configVersion: bigint;
  stage: PipelineStage;
  revision: number;
  stageChangedAt: Date;
  receivedAt: Date;
  traceparent?: string;
  alert: ContextAlert;
  /** JSON text keeps numbers beyond JavaScript's precision exact. */
  rawPayloadJson: string;
  indicators: ContextIndicator[];
  detectionRule?: ContextDetectionRule;
  relatedAlerts: RelatedAlert[];
  /** Set when an update caused the revision. */
  update?: AlertUpdate;
  /** Agents that received earlier revisions; set for updates only. */
  pushedAgentIds: string[];
};

/** Bounds of one context. The bytes of its text are not added up when it has more indicators than that. */
export type ContextBounds = { maxBytes: number; maxIndicators: number };

const UNBOUNDED: ContextBounds = { maxBytes: Number.MAX_SAFE_INTEGER, maxIndicators: 2 ** 31 - 1 };

/** In the order of the ids; undefined for a missing alert, and for one whose context is larger than the bounds. */
export async function loadAlertContexts(
  database: Pick<Database, 'onConnection'>,
  alertIds: readonly string[],
  { maxBytes, maxIndicators }: ContextBounds = UNBOUNDED,
): Promise<(StoredAlertContext | undefined)[]> {
  const bounds = [maxBytes, maxIndicators];
  const [alerts, indicators, related] = await database.onConnection(
    async ({ query }) =>
      await Promise.all([
        query<AlertRow>(ALERTS, [alertIds, ...bounds]),
        query<IndicatorRow | LargeRow>(INDICATORS, [alertIds, ...bounds]),
        query<RelatedRow>(RELATED, [alertIds, ...RELATED_BOUNDS]),
      ]),
  );
  const large = new Set(indicators.rows.flatMap((row) => (isLarge(row) ? [row.forAlert] : [])));
  const indicatorsOf = groupByAlert(
    indicators.rows.filter((row): row is IndicatorRow => !isLarge(row)),
  );
  const relatedOf = groupByAlert(related.rows);
  const byId = new Map(
    alerts.rows
      .filter(({ uuid }) => !large.has(uuid))
      .map((row) => [
        row.uuid,
        toContext(row, indicatorsOf.get(row.uuid) ?? [], relatedOf.get(row.uuid) ?? []),
      ]),
  );
  return alertIds.map((id) => byId.get(id));
}

/** Bytes of the text of each context, in the order of the ids; undefined for a missing alert. */
export async function weighAlertContexts(
  { query }: Pick<Database, 'query'>,
  alertIds: readonly string[],
): Promise<(number | undefined)[]> {
  const { rows } = await query<{ id: string; bytes: number }>(WEIGH, [alertIds]);
  const byId = new Map(rows.map(({ id, bytes }) => [id, bytes]));
  return alertIds.map((id) => byId.get(id));
}

type Optional = 'description' | 'sourceUrl' | 'nativeAlertId' | 'sourceRuleId';

type AlertRow = Omit<ContextAlert, Optional> &
  Record<Optional, string | null> & {
    configVersion: string;
    stage: PipelineStage;
    revision: number;
    stageChangedAt: Date;
    receivedAt: Date;
    traceparent: string | null;
    rawPayloadJson: string;
    ruleName: string | null;
    ruleTactics: string[];
    ruleTechniques: string[];
    documentation: string;
    previousRevision: number | null;
    changes: AlertChange[] | null;
    pushedAgentIds: string[];
  };
type IndicatorRow = Omit<ContextIndicator, 'role'> &
  Sightings & {
    forAlert: string;
    role: Role | null;
    isSightingsActive: boolean;
  };
/** Of an alert that is larger than the bounds. */
type LargeRow = { forAlert: string; provenance: null };
type RelatedRow = Omit<RelatedAlert, 'closeClassification'> & {
  forAlert: string;
  closeClassification: string | null;
};

function toContext(
  row: AlertRow,
  indicators: Omit<IndicatorRow, 'forAlert'>[],
  related: Omit<RelatedRow, 'forAlert'>[],
): StoredAlertContext {
  const { stage, revision, stageChangedAt, receivedAt, traceparent, rawPayloadJson, ...rest } = row;
  const { configVersion, previousRevision, changes, pushedAgentIds, ...described } = rest;
  const { ruleName, ruleTactics, ruleTechniques, documentation, ...alert } = described;
  return {
    configVersion: BigInt(configVersion),
    stage,
    revision,
    stageChangedAt,
    receivedAt,
    ...(traceparent !== null && { traceparent }),
    alert: withoutNulls(alert),
    rawPayloadJson,
    indicators: indicators.map(toIndicator),
    ...(ruleName !== null && {
      detectionRule: {
        name: ruleName,
        mitreTactics: ruleTactics,
        mitreTechniques: ruleTechniques,
        documentation,
      },
    }),
    relatedAlerts: related.map(toRelated),
    ...(previousRevision !== null && { update: { previousRevision, changes: changes ?? [] } }),
    pushedAgentIds,
  };
}

function withoutNulls<R extends Record<Optional, string | null>>(row: R) {
  const { description, sourceUrl, nativeAlertId, sourceRuleId, ...facts } = row;
  return {
    ...facts,
    ...(description !== null && { description }),
    ...(sourceUrl !== null && { sourceUrl }),
    ...(nativeAlertId !== null && { nativeAlertId }),
    ...(sourceRuleId !== null && { sourceRuleId }),
  };
}

const toIndicator = (row: Omit<IndicatorRow, 'forAlert'>): ContextIndicator => ({
  type: row.type,
  value: row.value,
  classification: row.classification,
  isMalformed: row.isMalformed,
  malice: row.malice,
  maliceReasons: row.maliceReasons,
  ...(row.role !== null && { role: row.role }),
  provenance: row.provenance,
  enrichmentResults: {
    ...row.enrichmentResults,
    ...(row.isSightingsActive &&
      row.alertCount >= NEWS_IN_ALERT_FROM && {
        [SIGHTINGS]: { extracted: describeSightings(row).extracted },
      }),
  },
});

const toRelated = ({
  closeClassification,
  ...related
}: Omit<RelatedRow, 'forAlert'>): RelatedAlert => ({
  ...related,
  ...(closeClassification !== null && { closeClassification }),
});

const isLarge = (row: IndicatorRow | LargeRow): row is LargeRow => row.provenance === null;

const groupByAlert = <R extends { forAlert: string }>(rows: readonly R[]) =>
  groupByKey(rows.map(({ forAlert, ...row }) => [forAlert, row] as const));

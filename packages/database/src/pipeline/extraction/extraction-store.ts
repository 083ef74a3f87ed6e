import {
  type AddedIndicator,
  type ExtractedIndicator,
  type IndicatorMapping,
  type PipelineStage,
  type Role,
  type Severity,
  type Tlp,
} from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Database, type Transaction } from '../../core/database.js';
import { indicatorKey } from './indicator-key.js';
import { addVerdicts, subtractAlerts } from '../sightings/count-verdicts.js';
import { lockIndicators } from '../sightings/lock-indicators.js';
import { lockStandingAlerts, type StandingAlerts } from '../stage/lock-standing-alerts.js';
import { upsertIndicators } from './upsert-indicators.js';
import { type IndicatorLink, LINK_KEY, upsertLinks } from './upsert-links.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import { ruleKey, type RuleFacts, upsertDetectionRules } from './upsert-detection-rules.js';
import { writeStageActivity } from '../stage/write-stage-activity.js';
import { defineRows } from '../../core/rows.js';

export type AlertToExtract = {
  id: string;
  stage: PipelineStage;
  stageChangedAt: Date;
  revision: number;
  sourceName: string;
  title: string;
  description?: string;
  severity: Severity;
  occurredAt: Date;
  sourceRuleId?: string;
  sourceRuleName?: string;
  mitreTactics: string[];
  mitreTechniques: string[];
  /** JSON text of a list of `StatedIndicator`; like that of the payload, it is parsed when its turn comes. */
  statedIndicatorsJson: string;
  /** Those that people and agents added. */
  addedIndicators: AddedIndicator[];
  normalizedFields: Record<string, string | string[]>;
  /** JSON text; parsed, it may take many times the memory. */
  rawPayloadJson: string;
};

/** Result for one alert; committed completely or not at all. */
export type Extraction = {
  alertId: string;
  revision: number;
  /** Time of the sighting: first and last seen of the indicators. */
  seenAt: Date;
  /** Ordered by position. */
  indicators: readonly ExtractedIndicator[];
  /** Indicators beyond the limit of an alert. */
  droppedIndicatorCount: number;
  /** What was left out; saved on the alert. */
  notes: readonly string[];
  /** That the payload states. */
  tlp?: Tlp;
  rule?: RuleFacts;
  /** Detail of the activity entry. */
  activity: Record<string, unknown>;
};

/** A mapping with its source; null means every source. */
export type SourcedMapping = IndicatorMapping & { sourceName: string | null };

export interface ExtractionStore {
  /**
   * In the order of the ids; undefined for a missing alert. With `maxBytes` only the first ones: as many as have
   * so much payload and stated indicators together, one at least.
   */
  load(alertIds: readonly string[], maxBytes?: number): Promise<(AlertToExtract | undefined)[]>;
  /** One transaction; false for an alert that has since left the stage or the revision. */
  save(extractions: readonly Extraction[]): Promise<boolean[]>;
  loadMappings(): Promise<SourcedMapping[]>;
}

export const createExtractionStore = (database: Database): ExtractionStore => ({
  async load(alertIds, maxBytes = Number.POSITIVE_INFINITY) {
    const { rows } = await database.query<AlertRow>(LOAD, [alertIds, maxBytes]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const firstLeft = alertIds.findIndex((id) => byId.get(id)?.rawPayloadJson === null);
    const loaded = firstLeft === -1 ? alertIds : alertIds.slice(0, firstLeft);
    return loaded.map((id) => toAlert(byId.get(id)));
  },

  save: async (extractions) =>
    await database.transaction(async (client) => {
      const standing = await lockStandingAlerts(client, 'ingested', extractions);
      const { moving, isMoving } = standing;
      if (moving.length > 0) {
        // All writers lock in this order: alerts, indicators, new rules, links.
        forgetEarlierLinks(client, moving);
        const [indicatorIds, ruleIds] = await Promise.all([
          upsertIndicators(client, moving),
          upsertDetectionRules(
            client,
            moving.flatMap(({ rule }) => rule ?? []),
          ),
        ]);
        writeLinks(client, moving, indicatorIds);
        countJudged(client, standing);
        moveAlerts(client, moving, ruleIds);
        writeWords(client, moving);
        writeStageActivity(client, { kind: 'extracted', actor: 'extractor' }, moving);
      }
      return extractions.map(isMoving);
    }),

  async loadMappings() {
    const rows = await database.prisma.indicatorMapping.findMany({
      where: { isActive: true },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map((row) => ({
      id: row.id,
      sourceName: row.sourceName,
      pass: row.pass === 'custom' ? 'custom' : 'system',
      path: row.path,
      indicatorType: row.indicatorType,
      ...(row.role !== null && { role: row.role as Role }),
    }));
  },
});

// The texts are made once, and only those that fit are sent.
const LOAD = `
  WITH texts AS MATERIALIZED (
    SELECT alerts.*, position, raw_payload::text AS payload, stated_indicators::text AS stated
      FROM unnest($1::uuid[]) WITH ORDINALITY AS asked(id, position) JOIN alerts USING (id)
  ), measured AS (
    SELECT *, row_number() OVER places = 1
              OR sum(octet_length(payload) + octet_length(stated)) OVER places <= $2::float8 AS fits
      FROM texts WINDOW places AS (ORDER BY position)
  )
  SELECT id, stage, stage_changed_at AS "stageChangedAt", revision, source_name AS "sourceName", title,
         description, severity, occurred_at AS "occurredAt", source_rule_id AS "sourceRuleId",
         source_rule_name AS "sourceRuleName", mitre_tactics AS "mitreTactics",
         mitre_techniques AS "mitreTechniques", added_indicators AS "addedIndicators",
         normalized_fields AS "normalizedFields", CASE WHEN fits THEN stated END AS "statedIndicatorsJson",
         CASE WHEN fits THEN payload END AS "rawPayloadJson"
    FROM measured`;

type Nullable = 'description' | 'sourceRuleId' | 'sourceRuleName';
type Text = 'statedIndicatorsJson' | 'rawPayloadJson';
type AlertRow = Omit<AlertToExtract, Nullable | Text> & Record<Nullable | Text, string | null>;

/** Undefined for a missing alert. */
function toAlert(row: AlertRow | undefined): AlertToExtract | undefined {
  if (!row) return undefined;
  const { description, sourceRuleId, sourceRuleName, ...alert } = row;
  return {
    ...alert,
    statedIndicatorsJson: alert.statedIndicatorsJson ?? '[]',
    rawPayloadJson: alert.rawPayloadJson ?? 'null',
    ...(description !== null && { description }),
    ...(sourceRuleId !== null && { sourceRuleId }),
    ...(sourceRuleName !== null && { sourceRuleName }),
  };
}

const KEPT_LINKS = defineRows('kept', LINK_KEY, { firstParameter: 2 });

function writeLinks(
  client: Transaction,
  extractions: readonly Extraction[],
  indicatorIds: ReadonlyMap<string, string>,
): void {
  const links: IndicatorLink[] = extractions.flatMap(({ alertId, indicators }) =>
    indicators.map((indicator, position) => ({
      alertId,
      indicatorId: indicatorIds.get(indicatorKey(indicator)),
      indicator,
      position,
    })),
  );
  const rerun = rerunAlerts(extractions);
  if (rerun.length > 0)
    client.send(
      `DELETE FROM alert_indicators WHERE alert_id = ANY($1::uuid[])
        AND (alert_id, indicator_id) NOT IN (SELECT * FROM ${KEPT_LINKS.from})`,
      [rerun, ...KEPT_LINKS.parameters(links)],
    );
  upsertLinks(client, links);
}

/** Alerts that are extracted again are counted anew, with the links that they have then. */
function forgetEarlierLinks(client: Transaction, extractions: readonly Extraction[]): void {
  const rerun = rerunAlerts(extractions);
  if (rerun.length === 0) return;
  const keys = extractions.flatMap(({ indicators }) => indicators);
  lockIndicators(client, { ofAlerts: rerun, keys });
  subtractAlerts(client, rerun);
}

/** An alert has a verdict before its extraction when a person gave one, or when it is extracted again. */
function countJudged(client: Transaction, { moving, verdictOn }: StandingAlerts<Extraction>): void {
  const judged = moving.filter((extraction) => {
    const verdict = verdictOn(extraction);
    return verdict !== undefined && (verdict.isOverridden || verdict.malice !== 'Pending');
  });
  if (judged.length > 0)
    addVerdicts(
      client,
      judged.map(({ alertId }) => alertId),
    );
}

/** Only a later revision can have links from an earlier extraction. */
const rerunAlerts = (extractions: readonly Extraction[]): string[] =>
  extractions.filter(({ revision }) => revision > 1).map(({ alertId }) => alertId);

/** What the search by text finds an alert by. */
function writeWords(client: Transaction, extractions: readonly Extraction[]): void {
  client.send(
    `INSERT INTO alert_texts (alert_id, words, received_on)
     SELECT id, calseta_words(concat_ws(' ', title, description, source_rule_name, source_rule_id, native_alert_id,
              array_to_string(hosts, ' '), array_to_string(users, ' '), array_to_string(tags, ' '))),
            (received_at AT TIME ZONE 'UTC')::date
       FROM alerts WHERE id = ANY($1::uuid[])
     ON CONFLICT (alert_id) DO UPDATE SET words = excluded.words, received_on = excluded.received_on
      WHERE (alert_texts.words, alert_texts.received_on) <> (excluded.words, excluded.received_on)`,
    [extractions.map(({ alertId }) => alertId)],
  );
}

type Moved = {
  alertId: string;
  indicatorCount: number;
  droppedIndicatorCount: number;
  notes: readonly string[];
  tlp: Tlp | undefined;
  ruleId: string | undefined;
};

const MOVED = defineRows<Moved>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  indicator_count: ['int', ({ indicatorCount }) => indicatorCount],
  dropped_indicator_count: ['int', ({ droppedIndicatorCount }) => droppedIndicatorCount],
  notes: ['text', ({ notes }) => arrayLiteral(notes)],
  tlp: ['text', ({ tlp }) => tlp ?? null],
  rule_id: ['uuid', ({ ruleId }) => ruleId ?? null],
});

function moveAlerts(
  client: Transaction,
  extractions: readonly Extraction[],
  ruleIds: ReadonlyMap<string, string>,
): void {
  client.send(
    `UPDATE alerts a
        SET stage = 'extracted', stage_changed_at = now(), sweep_count = 0, updated_at = now(),
            next_sweep_at = now() + make_interval(secs => ${SWEEP_AFTER_SECONDS}),
            indicator_count = given.indicator_count, extraction_notes = given.notes::text[], tlp = given.tlp,
            dropped_indicator_count = given.dropped_indicator_count,
            detection_rule_id = coalesce(given.rule_id, a.detection_rule_id)
       FROM ${MOVED.from}
      WHERE a.id = given.id`,
    MOVED.parameters(
      extractions.map(({ alertId, indicators, droppedIndicatorCount, notes, tlp, rule }) => ({
        alertId,
        indicatorCount: indicators.length,
        droppedIndicatorCount,
        notes,
        tlp,
        ruleId: rule && ruleIds.get(ruleKey(rule)),
      })),
    ),
  );
}

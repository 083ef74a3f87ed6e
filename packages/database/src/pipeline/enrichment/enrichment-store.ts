import {
  type IndicatorType,
  NEWS_FROM,
  NEWS_IN_ALERT_FROM,
  type PipelineStage,
  type Severity,
  strictestTlp,
  type Tlp,
  tlpOfTags,
} from '@calseta/common';
import { type Database } from '../../core/database.js';
import {
  indicatorColumns,
  type IndicatorRow,
  type IndicatorToEnrich,
  RESULT_COLUMNS,
  toIndicator,
  WITH_FACTS,
} from './indicator-to-enrich.js';
import { type Enrichment, saveEnrichments } from './save-enrichments.js';
import { type IndicatorResult, saveLookupResults } from './save-lookup-results.js';
import { type IndicatorVerdict, lockIndicatorsOf, writeVerdicts } from './write-verdicts.js';

export type AlertToEnrich = {
  id: string;
  stage: PipelineStage;
  stageChangedAt: Date;
  revision: number;
  severity: Severity;
  /** The strictest of its payload and its tags; lookups respect it. */
  tlp?: Tlp;
  indicatorCount: number;
};

export interface EnrichmentStore {
  /** In the order of the ids; undefined for a missing alert. */
  load(alertIds: readonly string[]): Promise<(AlertToEnrich | undefined)[]>;
  /** The indicators of each alert by position, in the order of the ids. */
  loadIndicatorsOf(alertIds: readonly string[]): Promise<IndicatorToEnrich[][]>;
  /** The CVE numbers that alerts name, in capitals, in the order of the ids. */
  findCves(alertIds: readonly string[]): Promise<string[][]>;
  /** One transaction; false for an alert that has since left the stage or the revision. */
  save(enrichments: readonly Enrichment[]): Promise<boolean[]>;
  /** Saves results that arrived after their alert moved on. */
  saveResults(results: readonly IndicatorResult[]): Promise<void>;
  saveVerdicts(verdicts: readonly IndicatorVerdict[]): Promise<void>;
  findIndicator(type: IndicatorType, value: string): Promise<IndicatorToEnrich | undefined>;
  loadIndicators(ids: readonly string[]): Promise<IndicatorToEnrich[]>;
}

export const createEnrichmentStore = (database: Database): EnrichmentStore => ({
  async load(alertIds) {
    const { rows } = await database.query<AlertRow>(LOAD_ALERTS, [alertIds]);
    const byId = new Map(rows.map((row) => [row.id, toAlert(row)]));
    return alertIds.map((id) => byId.get(id));
  },

  async loadIndicatorsOf(alertIds) {
    const { rows } = await database.query<IndicatorRow & { alertId: string }>(LOAD_INDICATORS, [
      alertIds,
    ]);
    const byAlert = new Map<string, IndicatorToEnrich[]>(alertIds.map((id) => [id, []]));
    for (const row of rows) byAlert.get(row.alertId)?.push(toIndicator(row, NEWS_IN_ALERT_FROM));
    return alertIds.map((id) => byAlert.get(id) ?? []);
  },

  async findCves(alertIds) {
    const { rows } = await database.query<{ id: string; cves: string[] }>(FIND_CVES, [alertIds]);
    const cvesOf = new Map(rows.map(({ id, cves }) => [id, cves]));
    return alertIds.map((id) => cvesOf.get(id) ?? []);
  },

  save: async (enrichments) =>
    await database.transaction(async (client) => await saveEnrichments(client, enrichments)),

  async saveResults(results) {
    if (results.length === 0) return;
    await database.transaction((client) => saveLookupResults(client, results));
  },

  async saveVerdicts(verdicts) {
    if (verdicts.length === 0) return;
    await database.transaction((client) => {
      lockIndicatorsOf(client, verdicts, []);
      writeVerdicts(client, verdicts);
    });
  },

  async findIndicator(type, value) {
    const { rows } = await database.query<IndicatorRow>(FIND_INDICATOR, [type, value]);
    return rows[0] && toIndicator(rows[0], NEWS_FROM);
  },

  async loadIndicators(ids) {
    const { rows } = await database.query<IndicatorRow>(LOAD_BY_ID, [ids]);
    return rows.map((row) => toIndicator(row, NEWS_FROM));
  },
});

const LOAD_ALERTS = `
  SELECT id, stage, stage_changed_at AS "stageChangedAt", revision, severity, tlp, tags,
         indicator_count AS "indicatorCount"
    FROM alerts WHERE id = ANY($1::uuid[])`;

/** Characters of a payload, and CVE numbers of an alert, that are looked at. */
const MAX_CVE_CHARACTERS = 65_536;
const MAX_CVES = 200;

const FIND_CVES = `
  SELECT a.id, ARRAY(
           SELECT DISTINCT upper(found.cve[1])
             FROM regexp_matches(
                    concat_ws(' ', a.title, a.description, array_to_string(a.tags, ' '),
                              left(a.raw_payload::text, ${MAX_CVE_CHARACTERS})),
                    '\\mCVE-\\d{4}-\\d{4,19}\\M', 'gi') AS found(cve)
            LIMIT ${MAX_CVES}) AS cves
    FROM alerts a WHERE a.id = ANY($1::uuid[])`;

type AlertRow = Omit<AlertToEnrich, 'tlp'> & { tlp: Tlp | null; tags: string[] };

function toAlert({ tlp: stated, tags, ...alert }: AlertRow): AlertToEnrich {
  const tlp = strictestTlp([stated ?? undefined, tlpOfTags(tags)]);
  return tlp ? { ...alert, tlp } : alert;
}

const LOAD_INDICATORS = `
  SELECT l.alert_id AS "alertId", l.role, ${indicatorColumns(RESULT_COLUMNS)}
    FROM alert_indicators l JOIN indicators i ON i.id = l.indicator_id
   WHERE l.alert_id = ANY($1::uuid[]) ORDER BY l.alert_id, l.position`;

const FIND_INDICATOR = `
  SELECT ${indicatorColumns(WITH_FACTS)} FROM indicators i WHERE i.type = $1::indicator_type AND i.value = $2`;

const LOAD_BY_ID = `SELECT ${indicatorColumns(RESULT_COLUMNS)} FROM indicators i WHERE i.id = ANY($1::uuid[])`;

import {
  type Classification,
  type EnrichmentStatus,
  type IndicatorType,
  type ListedCve,
  type LookupResult,
  type Malice,
  type PipelineStage,
  type Role,
  type Severity,
  strictestTlp,
  type Tlp,
  tlpOfTags,
  NEWS_FROM,
  NEWS_IN_ALERT_FROM,
  type Sightings,
} from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Database, type Transaction } from '../../core/database.js';
import { addVerdicts, subtractVerdicts } from '../sightings/count-verdicts.js';
import { lockIndicators } from '../sightings/lock-indicators.js';
import { SIGHTINGS_COLUMNS } from '../sightings/sightings-columns.js';
import { lockStandingAlerts, type StandingAlerts } from '../stage/lock-standing-alerts.js';
import { type MissingLookup, writeMissingLookups } from '../updates/missing-lookups.js';
import { type IndicatorResult, saveLookupResults } from './save-lookup-results.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import { writeStageActivity } from '../stage/write-stage-activity.js';
import { defineRows } from '../../core/rows.js';

/** An indicator with each provider's newest answer, expired ones included. */
export type IndicatorToEnrich = {
  id: string;
  type: IndicatorType;
  value: string;
  classification: Classification;
  isMalformed: boolean;
  /** In the alert, where known. */
  role?: Role;
  malice: Malice;
  maliceOverride?: Malice;
  maliceReasons: string[];
  /** Earlier sightings; missing when there are none. */
  sightings?: Sightings;
  /** Their `extracted` is empty where many indicators are loaded; `findIndicator` has it. */
  results: LookupResult[];
};

export type AlertToEnrich = {
  id: string;
  stage: PipelineStage;
  stageChangedAt: Date;
  revision: number;
  severity: Severity;
  /** The strictest of its payload and its tags; lookups respect it. */
  tlp?: Tlp;
  /** Ordered by position. */
  indicators: IndicatorToEnrich[];
};

export type IndicatorVerdict = { indicatorId: string; malice: Malice; reasons: readonly string[] };

/** Result for one alert; committed completely or not at all. */
export type Enrichment = {
  alertId: string;
  revision: number;
  enrichedAt: Date;
  status: EnrichmentStatus;
  succeeded: readonly string[];
  notFound: readonly string[];
  failed: readonly string[];
  /** Why those that failed did, by name. */
  reasons: Readonly<Record<string, string>>;
  malice: Malice;
  /** Vulnerabilities that the alert names and that a threat list has. */
  knownExploited: readonly ListedCve[];
  /** New results only; cached ones are stored already. */
  results: readonly IndicatorResult[];
  /** Answers that the alert goes on without; they complete it when they come. */
  missing: readonly MissingLookup[];
  /** Changed verdicts only. */
  verdicts: readonly IndicatorVerdict[];
  /** Detail of the activity entry. */
  activity: Record<string, unknown>;
};

export interface EnrichmentStore {
  /** In the order of the ids; undefined for a missing alert. */
  load(alertIds: readonly string[]): Promise<(AlertToEnrich | undefined)[]>;
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
    const [alerts, indicators] = await database.onConnection(
      async ({ query }) =>
        await Promise.all([
          query<AlertRow>(LOAD_ALERTS, [alertIds]),
          query<IndicatorRow & { alertId: string }>(LOAD_INDICATORS, [alertIds]),
        ]),
    );
    const byAlert = new Map<string, IndicatorToEnrich[]>(alertIds.map((id) => [id, []]));
    for (const row of indicators.rows)
      byAlert.get(row.alertId)?.push(toIndicator(row, NEWS_IN_ALERT_FROM));
    const byId = new Map(alerts.rows.map((alert) => [alert.id, alert]));
    return alertIds.map((id) => {
      const alert = byId.get(id);
      return alert && toAlert(alert, byAlert.get(id) ?? []);
    });
  },

  async findCves(alertIds) {
    const { rows } = await database.query<{ id: string; cves: string[] }>(FIND_CVES, [alertIds]);
    const cvesOf = new Map(rows.map(({ id, cves }) => [id, cves]));
    return alertIds.map((id) => cvesOf.get(id) ?? []);
  },

  save: async (enrichments) =>
    await database.transaction(async (client) => {
      const standing = await lockStandingAlerts(client, 'extracted', enrichments);
      const { moving, isMoving } = standing;
      if (moving.length > 0) {
        const judgedAnew = alertsJudgedAnew(standing);
        const verdicts = moving.flatMap(({ verdicts }) => verdicts);
        // All writers lock in this order: alerts, indicators, results.
        lockIndicatorsOf(client, verdicts, judgedAnew);
        if (judgedAnew.length > 0) subtractVerdicts(client, judgedAnew);
        writeVerdicts(client, verdicts);
        saveLookupResults(
          client,
          moving.flatMap(({ results }) => results),
        );
        moveAlerts(client, moving);
        if (judgedAnew.length > 0) addVerdicts(client, judgedAnew);
        writeMissingLookups(client, moving);
        writeStageActivity(client, { kind: 'enriched', actor: 'enricher' }, moving);
      }
      return enrichments.map(isMoving);
    }),

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
  SELECT id, stage, stage_changed_at AS "stageChangedAt", revision, severity, tlp, tags
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

type AlertRow = Omit<AlertToEnrich, 'indicators' | 'tlp'> & { tlp: Tlp | null; tags: string[] };

function toAlert(
  { tlp: stated, tags, ...alert }: AlertRow,
  indicators: IndicatorToEnrich[],
): AlertToEnrich {
  const tlp = strictestTlp([stated ?? undefined, tlpOfTags(tags)]);
  return { ...alert, ...(tlp && { tlp }), indicators };
}

/** What a verdict and the choice of providers need; times as ms since 1970, which are read faster than texts. */
const RESULT_COLUMNS = `
  'providerName', r.provider_name, 'configVersion', r.config_version, 'status', r.status,
  'malice', r.malice, 'reasons', r.reasons,
  'fetchedAt', (extract(epoch FROM r.fetched_at) * 1000)::bigint,
  'expiresAt', (extract(epoch FROM r.expires_at) * 1000)::bigint`;

/** Facts are most of what is stored, and only read where they are shown. */
const WITH_FACTS = `${RESULT_COLUMNS}, 'extracted', r.extracted, 'error', r.error`;

const indicatorColumns = (resultColumns: string): string => `
  i.id, i.type, i.value, i.classification, i.is_malformed AS "isMalformed", i.malice,
  i.malice_override AS "maliceOverride", i.malice_reasons AS "maliceReasons",${SIGHTINGS_COLUMNS},
  (SELECT json_agg(json_build_object(${resultColumns}))
     FROM enrichment_results r WHERE r.indicator_id = i.id) AS results`;

const LOAD_INDICATORS = `
  SELECT l.alert_id AS "alertId", l.role, ${indicatorColumns(RESULT_COLUMNS)}
    FROM alert_indicators l JOIN indicators i ON i.id = l.indicator_id
   WHERE l.alert_id = ANY($1::uuid[]) ORDER BY l.alert_id, l.position`;

const FIND_INDICATOR = `
  SELECT ${indicatorColumns(WITH_FACTS)} FROM indicators i WHERE i.type = $1::indicator_type AND i.value = $2`;

const LOAD_BY_ID = `SELECT ${indicatorColumns(RESULT_COLUMNS)} FROM indicators i WHERE i.id = ANY($1::uuid[])`;

type ResultRow = Pick<LookupResult, 'providerName' | 'configVersion' | 'status' | 'malice'> & {
  reasons: string[];
  fetchedAt: number;
  expiresAt: number;
  extracted?: Record<string, unknown>;
  error?: string | null;
};

type IndicatorRow = Omit<IndicatorToEnrich, 'maliceOverride' | 'results' | 'role' | 'sightings'> &
  Sightings & {
    role?: Role | null;
    maliceOverride: Malice | null;
    results: ResultRow[] | null;
  };

const toIndicator = (row: IndicatorRow, newsFrom: number): IndicatorToEnrich => ({
  id: row.id,
  type: row.type,
  value: row.value,
  classification: row.classification,
  isMalformed: row.isMalformed,
  ...(row.role && { role: row.role }),
  malice: row.malice,
  ...(row.maliceOverride !== null && { maliceOverride: row.maliceOverride }),
  maliceReasons: row.maliceReasons,
  ...(row.alertCount >= newsFrom && { sightings: toSightings(row) }),
  results: row.results?.map(toResult) ?? [],
});

const NO_FACTS: Record<string, unknown> = Object.freeze({});

/** Field by field: alerts load hundreds of results. */
function toResult(row: ResultRow): LookupResult {
  const result: LookupResult = {
    providerName: row.providerName,
    configVersion: row.configVersion,
    status: row.status,
    extracted: row.extracted ?? NO_FACTS,
    malice: row.malice,
    reasons: row.reasons,
    fetchedAt: new Date(row.fetchedAt),
    expiresAt: new Date(row.expiresAt),
  };
  if (typeof row.error === 'string') result.error = row.error;
  return result;
}

const toSightings = (row: IndicatorRow): Sightings => ({
  alertCount: row.alertCount,
  benignAlerts: row.benignAlerts,
  suspiciousAlerts: row.suspiciousAlerts,
  maliciousAlerts: row.maliciousAlerts,
  confirmedMaliciousAlerts: row.confirmedMaliciousAlerts,
  firstSeenAt: row.firstSeenAt,
  lastSeenAt: row.lastSeenAt,
});

/** The verdict of a person stays, so it is not counted anew. */
const alertsJudgedAnew = ({ moving, verdictOn }: StandingAlerts<Enrichment>): string[] =>
  moving.flatMap((enrichment) => {
    const verdict = verdictOn(enrichment);
    const isNew = verdict && !verdict.isOverridden && verdict.malice !== enrichment.malice;
    return isNew ? enrichment.alertId : [];
  });

function lockIndicatorsOf(
  client: Transaction,
  verdicts: readonly IndicatorVerdict[],
  alertIds: readonly string[],
): void {
  if (verdicts.length === 0 && alertIds.length === 0) return;
  lockIndicators(client, {
    ids: verdicts.map(({ indicatorId }) => indicatorId),
    ofAlerts: alertIds,
  });
}

const VERDICTS = defineRows<IndicatorVerdict>('given', {
  id: ['uuid', ({ indicatorId }) => indicatorId],
  malice: ['text', ({ malice }) => malice],
  reasons: ['text', ({ reasons }) => arrayLiteral(reasons)],
});

/** The caller holds the locks of the indicators. */
function writeVerdicts(client: Transaction, verdicts: readonly IndicatorVerdict[]): void {
  const latest = [...new Map(verdicts.map((verdict) => [verdict.indicatorId, verdict])).values()];
  if (latest.length === 0) return;
  client.send(
    `UPDATE indicators i
        SET malice = given.malice::malice, updated_at = now(),
            malice_reasons = given.reasons::text[]
       FROM ${VERDICTS.from}
      WHERE i.id = given.id`,
    VERDICTS.parameters(latest),
  );
}

const MOVED = defineRows<Enrichment>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  enriched_at: ['timestamptz', ({ enrichedAt }) => enrichedAt],
  status: ['text', ({ status }) => status],
  succeeded: ['text', ({ succeeded }) => arrayLiteral(succeeded)],
  not_found: ['text', ({ notFound }) => arrayLiteral(notFound)],
  failed: ['text', ({ failed }) => arrayLiteral(failed)],
  reasons: ['jsonb', ({ reasons }) => JSON.stringify(reasons)],
  malice: ['text', ({ malice }) => malice],
  known_exploited: ['jsonb', ({ knownExploited }) => JSON.stringify(knownExploited)],
});

function moveAlerts(client: Transaction, enrichments: readonly Enrichment[]): void {
  client.send(
    `UPDATE alerts a
        SET stage = 'enriched', stage_changed_at = now(), sweep_count = 0, updated_at = now(),
            next_sweep_at = now() + make_interval(secs => ${SWEEP_AFTER_SECONDS}),
            enriched_at = given.enriched_at, enrichment_status = given.status::enrichment_status,
            enrichment_succeeded = given.succeeded::text[],
            enrichment_not_found = given.not_found::text[],
            enrichment_failed = given.failed::text[],
            enrichment_reasons = given.reasons,
            malice = given.malice::malice, known_exploited = given.known_exploited
       FROM ${MOVED.from}
      WHERE a.id = given.id`,
    MOVED.parameters(enrichments),
  );
}

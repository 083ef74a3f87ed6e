import {
  type Classification,
  type IndicatorType,
  type LookupResult,
  type Malice,
  type Role,
  type Sightings,
} from '@calseta/common';
import { SIGHTINGS_COLUMNS } from '../sightings/sightings-columns.js';

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

/** What a verdict and the choice of providers need; times as ms since 1970, which are read faster than texts. */
export const RESULT_COLUMNS = `
  'providerName', r.provider_name, 'configVersion', r.config_version, 'status', r.status,
  'malice', r.malice, 'reasons', r.reasons,
  'fetchedAt', (extract(epoch FROM r.fetched_at) * 1000)::bigint,
  'expiresAt', (extract(epoch FROM r.expires_at) * 1000)::bigint`;

/** Facts are most of what is stored, and only read where they are shown. */
export const WITH_FACTS = `${RESULT_COLUMNS}, 'extracted', r.extracted, 'error', r.error`;

export const indicatorColumns = (resultColumns: string): string => `
  i.id, i.type, i.value, i.classification, i.is_malformed AS "isMalformed", i.malice,
  i.malice_override AS "maliceOverride", i.malice_reasons AS "maliceReasons",${SIGHTINGS_COLUMNS},
  (SELECT json_agg(json_build_object(${resultColumns}))
     FROM enrichment_results r WHERE r.indicator_id = i.id) AS results`;

type ResultRow = Pick<LookupResult, 'providerName' | 'configVersion' | 'status' | 'malice'> & {
  reasons: string[];
  fetchedAt: number;
  expiresAt: number;
  extracted?: Record<string, unknown>;
  error?: string | null;
};

export type IndicatorRow = Omit<
  IndicatorToEnrich,
  'maliceOverride' | 'results' | 'role' | 'sightings'
> &
  Sightings & {
    role?: Role | null;
    maliceOverride: Malice | null;
    results: ResultRow[] | null;
  };

export const toIndicator = (row: IndicatorRow, newsFrom: number): IndicatorToEnrich => ({
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

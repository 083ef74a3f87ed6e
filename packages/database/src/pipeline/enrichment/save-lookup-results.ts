import { type LookupResult } from '@calseta/common';
import { type Transaction } from '../../core/database.js';
import { columnNames, type Columns, defineRows, storedValues } from '../../core/rows.js';

export type IndicatorResult = LookupResult & { indicatorId: string };

/**
 * Keeps the newest answer per indicator and provider: a failure never replaces an answer, nor an older answer a newer
 * one, and an answer about an indicator that was deleted meanwhile is dropped. Rows are written in key order, so that
 * writers do not deadlock.
 */
export function saveLookupResults(client: Transaction, results: readonly IndicatorResult[]): void {
  const rows = [...keepNewest(results).values()];
  if (rows.length === 0) return;
  client.send(UPSERT, RESULTS.parameters(rows));
}

const COLUMNS: Columns<IndicatorResult> = {
  indicator_id: ['uuid', ({ indicatorId }) => indicatorId],
  provider_name: ['text', ({ providerName }) => providerName],
  config_version: ['int', ({ configVersion }) => configVersion],
  status: ['text', ({ status }) => status, 'status::lookup_status'],
  extracted: ['jsonb', ({ extracted }) => JSON.stringify(extracted)],
  malice: ['text', ({ malice }) => malice, 'malice::malice'],
  error: ['text', ({ error }) => error ?? null],
  reasons: ['jsonb', ({ reasons = [] }) => JSON.stringify(reasons)],
  fetched_at: ['timestamptz', ({ fetchedAt }) => fetchedAt],
  expires_at: ['timestamptz', ({ expiresAt }) => expiresAt],
};
const RESULTS = defineRows('given', COLUMNS);

const UPSERT = `
  INSERT INTO enrichment_results AS stored (${columnNames(COLUMNS)})
  SELECT ${storedValues(COLUMNS)}
    FROM ${RESULTS.from}
   WHERE EXISTS (SELECT FROM indicators WHERE id = given.indicator_id)
   ORDER BY indicator_id, provider_name COLLATE "C"
  ON CONFLICT (indicator_id, provider_name) DO UPDATE
     SET config_version = excluded.config_version, status = excluded.status,
         extracted = excluded.extracted, malice = excluded.malice, error = excluded.error,
         reasons = excluded.reasons,
         fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
   WHERE stored.fetched_at <= excluded.fetched_at
     AND (excluded.status IN ('success', 'not_found') OR stored.status NOT IN ('success', 'not_found'))`;

/** One statement may change a row only once. */
function keepNewest(results: readonly IndicatorResult[]): Map<string, IndicatorResult> {
  const newest = new Map<string, IndicatorResult>();
  for (const result of results) {
    const key = `${result.indicatorId} ${result.providerName}`;
    const earlier = newest.get(key);
    if (!earlier || earlier.fetchedAt <= result.fetchedAt) newest.set(key, result);
  }
  return newest;
}

import { type LookupResult } from '@calseta/common';
import { type Transaction } from '../../core/database.js';

export type IndicatorResult = LookupResult & { indicatorId: string };

/**
 * Keeps the newest answer per indicator and provider: a failure never overwrites an answer, an older
 * answer never a newer one. Rows are written in the order of their key, so that writers do not deadlock.
 */
export function saveLookupResults(client: Transaction, results: readonly IndicatorResult[]): void {
  const rows = [...keepNewest(results).values()];
  if (rows.length === 0) return;
  client.send(UPSERT, [
    rows.map(({ indicatorId }) => indicatorId),
    rows.map(({ providerName }) => providerName),
    rows.map(({ configVersion }) => configVersion),
    rows.map(({ status }) => status),
    rows.map(({ extracted }) => JSON.stringify(extracted)),
    rows.map(({ malice }) => malice),
    rows.map(({ error }) => error ?? null),
    rows.map(({ fetchedAt }) => fetchedAt),
    rows.map(({ expiresAt }) => expiresAt),
  ]);
}

const UPSERT = `
  INSERT INTO enrichment_results AS stored (indicator_id, provider_name, config_version, status,
                                            extracted, malice, error, fetched_at, expires_at)
  SELECT indicator_id, provider_name, config_version, status::lookup_status, extracted,
         malice::malice, error, fetched_at, expires_at
    FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::jsonb[], $6::text[], $7::text[],
                $8::timestamptz[], $9::timestamptz[])
      AS given(indicator_id, provider_name, config_version, status, extracted, malice, error,
               fetched_at, expires_at)
   ORDER BY indicator_id, provider_name COLLATE "C"
  ON CONFLICT (indicator_id, provider_name) DO UPDATE
     SET config_version = excluded.config_version, status = excluded.status,
         extracted = excluded.extracted, malice = excluded.malice, error = excluded.error,
         fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
   WHERE stored.fetched_at <= excluded.fetched_at
     AND (excluded.status IN ('success', 'not_found') OR stored.status NOT IN ('success', 'not_found'))`;

/** One statement may touch a row only once. */
function keepNewest(results: readonly IndicatorResult[]): Map<string, IndicatorResult> {
  const newest = new Map<string, IndicatorResult>();
  for (const result of results) {
    const key = `${result.indicatorId} ${result.providerName}`;
    const earlier = newest.get(key);
    if (!earlier || earlier.fetchedAt <= result.fetchedAt) newest.set(key, result);
  }
  return newest;
}

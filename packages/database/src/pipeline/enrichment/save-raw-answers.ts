import { isAnswer, type LookupResult, type RawStep } from '@calseta/common';
import { type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';

export type RawAnswer = {
  indicatorId: string;
  result: LookupResult;
  raw?: readonly RawStep[];
};

const RAW = defineRows<RawAnswer>('given', {
  indicator_id: ['uuid', ({ indicatorId }) => indicatorId],
  provider_name: ['text', ({ result }) => result.providerName],
  fetched_at: ['timestamptz', ({ result }) => result.fetchedAt],
  steps: ['jsonb', ({ raw }) => JSON.stringify(raw)],
});

const UPSERT = `
  INSERT INTO enrichment_raw_answers AS stored (indicator_id, provider_name, fetched_at, steps)
  SELECT DISTINCT ON (indicator_id, provider_name COLLATE "C") indicator_id, provider_name, fetched_at, steps
    FROM ${RAW.from}
   WHERE EXISTS (SELECT FROM indicators WHERE id = given.indicator_id)
   ORDER BY indicator_id, provider_name COLLATE "C", fetched_at DESC
  ON CONFLICT (indicator_id, provider_name) DO UPDATE
     SET fetched_at = excluded.fetched_at, steps = excluded.steps
   WHERE stored.fetched_at <= excluded.fetched_at`;

/** Keeps what providers said, of answers alone: a failure never replaces one. In key order, after the results. */
export function saveRawAnswers(client: Transaction, answers: readonly RawAnswer[]): void {
  const kept = answers.filter(({ result, raw }) => raw !== undefined && isAnswer(result));
  if (kept.length > 0) client.send(UPSERT, RAW.parameters(kept));
}

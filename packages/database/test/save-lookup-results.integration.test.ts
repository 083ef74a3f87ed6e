import { type LookupResult, newUuid } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { type Database } from '../src/core/database.js';
import { saveLookupResults } from '../src/pipeline/enrichment/save-lookup-results.js';
import { saveRawAnswers } from '../src/pipeline/enrichment/save-raw-answers.js';
import { withDatabase } from './with-database.js';

let database: Database;
withDatabase((opened) => {
  database = opened;
});

test('answers about an indicator that was deleted meanwhile are dropped, and the others kept', async () => {
  const [deleted, kept] = [newUuid(), newUuid()];
  await database.query(
    `INSERT INTO indicators (id, type, value, classification, first_seen_at, last_seen_at)
     VALUES ($1, 'domain', 'kept.example', 'public', now(), now())`,
    [kept],
  );
  const at = new Date();
  const result: LookupResult = {
    providerName: 'a-provider',
    configVersion: 1,
    status: 'success',
    extracted: {},
    malice: 'Benign',
    fetchedAt: at,
    expiresAt: at,
  };
  await database.transaction((client) => {
    const ids = [deleted, kept];
    saveLookupResults(
      client,
      ids.map((indicatorId) => ({ ...result, indicatorId })),
    );
    saveRawAnswers(
      client,
      ids.map((indicatorId) => ({ indicatorId, result, raw: [] })),
    );
  });
  for (const table of ['enrichment_results', 'enrichment_raw_answers']) {
    const { rows } = await database.query<{ id: string }>(
      `SELECT indicator_id AS id FROM ${table}`,
    );
    expect({ table, rows }).toEqual({ table, rows: [{ id: kept }] });
  }
});

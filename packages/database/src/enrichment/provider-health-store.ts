import { type ProviderFault } from '@calseta/common';
import { type Connection, type Database } from '../core/database.js';
import { createEvents } from '../events/create-events.js';
import { defineRows } from '../core/rows.js';

/** What one enricher saw of a provider since it last told. */
export type ProviderObservation = {
  providerName: string;
  lastSuccessAt?: Date;
  lastFailure?: { at: Date; kind: ProviderFault; reason: string };
  /** Until when the breaker asks it nothing; null when it has closed. */
  leftAloneUntil?: Date | null;
  lookupCount: number;
  cachedCount: number;
};

/** Whole hours for which lookups are counted, the current one included. */
export const COUNTED_HOURS = 24;

export interface ProviderHealthStore {
  record(observations: readonly ProviderObservation[]): Promise<void>;
}

const OBSERVATIONS = defineRows<ProviderObservation>('given', {
  provider_name: ['text', ({ providerName }) => providerName],
  last_success_at: ['timestamptz', ({ lastSuccessAt }) => lastSuccessAt ?? null],
  last_failure_at: ['timestamptz', ({ lastFailure }) => lastFailure?.at ?? null],
  last_failure_kind: ['text', ({ lastFailure }) => lastFailure?.kind ?? null],
  last_failure: ['text', ({ lastFailure }) => lastFailure?.reason ?? null],
  left_alone_until: ['timestamptz', ({ leftAloneUntil }) => leftAloneUntil ?? null],
  is_closed: ['bool', ({ leftAloneUntil }) => leftAloneUntil === null],
  lookup_count: ['int', ({ lookupCount }) => lookupCount],
  cached_count: ['int', ({ cachedCount }) => cachedCount],
});

const RECORD = `
  WITH given AS (
    SELECT * FROM ${OBSERVATIONS.from}
  ), counted AS (
    INSERT INTO provider_lookup_counts AS known (provider_name, hour, lookup_count, cached_count)
    SELECT provider_name, date_trunc('hour', now()), lookup_count, cached_count
      FROM given WHERE lookup_count > 0 ORDER BY provider_name
    ON CONFLICT (provider_name, hour) DO UPDATE
       SET lookup_count = known.lookup_count + excluded.lookup_count,
           cached_count = known.cached_count + excluded.cached_count
  )
  INSERT INTO provider_health AS known
    (provider_name, last_success_at, last_failure_at, last_failure_kind, last_failure, left_alone_until)
  SELECT provider_name, last_success_at, last_failure_at, last_failure_kind, last_failure, left_alone_until
    FROM given ORDER BY provider_name
  ON CONFLICT (provider_name) DO UPDATE
     SET last_success_at = coalesce(excluded.last_success_at, known.last_success_at),
         last_failure_at = coalesce(excluded.last_failure_at, known.last_failure_at),
         last_failure_kind = coalesce(excluded.last_failure_kind, known.last_failure_kind),
         last_failure = coalesce(excluded.last_failure, known.last_failure),
         left_alone_until = CASE
           WHEN (SELECT is_closed FROM given WHERE given.provider_name = known.provider_name) THEN NULL
           ELSE coalesce(excluded.left_alone_until, known.left_alone_until) END`;

const FIND_REFUSING = `
  WITH known AS (
    SELECT * FROM provider_health WHERE provider_name = ANY ($1::text[])
     ORDER BY provider_name FOR UPDATE
  )
  SELECT provider_name AS name FROM known
   WHERE last_failure_kind = 'auth'
     AND (last_success_at IS NULL OR last_success_at <= last_failure_at)`;

/** Those of the providers that refused their credentials before, and have not answered since. */
async function findRefusing(
  client: Connection,
  observations: readonly ProviderObservation[],
): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(FIND_REFUSING, [
    observations.map(({ providerName }) => providerName).sort(),
  ]);
  return new Set(rows.map(({ name }) => name));
}

export const createProviderHealthStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): ProviderHealthStore => ({
  async record(observations) {
    if (observations.length === 0) return;
    const write = async (client: Connection) =>
      await client.query(RECORD, OBSERVATIONS.parameters(observations));
    const refusing = observations.filter(({ lastFailure }) => lastFailure?.kind === 'auth');
    if (refusing.length === 0) {
      await write(database);
      return;
    }
    await database.transaction(async (client) => {
      const known = await findRefusing(client, refusing);
      await write(client);
      await createEvents(
        (text, values) => client.query(text, values),
        refusing
          .filter(({ providerName }) => !known.has(providerName))
          .map(({ providerName, lastFailure }) => ({
            event: 'provider.auth_failed' as const,
            data: { provider_name: providerName, reason: lastFailure?.reason ?? '' },
          })),
      );
    });
  },
});

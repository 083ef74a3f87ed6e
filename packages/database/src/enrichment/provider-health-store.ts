import { type Database } from '../core/database.js';
import { defineRows } from '../core/rows.js';

export const PROVIDER_FAULTS = [
  'auth',
  'transient',
  'unreadable',
  'refused',
  'timeout',
  'quota',
] as const;
/** Why a provider did not answer; `auth` needs an operator. */
export type ProviderFault = (typeof PROVIDER_FAULTS)[number];

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

/** How a provider has answered lately, over all enrichers. */
export type ProviderHealthRecord = {
  providerName: string;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastFailureKind: ProviderFault | null;
  lastFailure: string | null;
  leftAloneUntil: Date | null;
  /** Lookups since ever, and how many of them the cache answered. */
  lookupCount: number;
  cachedCount: number;
};

export interface ProviderHealthStore {
  record(observations: readonly ProviderObservation[]): Promise<void>;
  load(): Promise<ProviderHealthRecord[]>;
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
  WITH given AS (SELECT * FROM ${OBSERVATIONS.from})
  INSERT INTO provider_health AS known
    (provider_name, last_success_at, last_failure_at, last_failure_kind, last_failure, left_alone_until,
     lookup_count, cached_count)
  SELECT provider_name, last_success_at, last_failure_at, last_failure_kind, last_failure, left_alone_until,
         lookup_count, cached_count
    FROM given ORDER BY provider_name
  ON CONFLICT (provider_name) DO UPDATE
     SET last_success_at = coalesce(excluded.last_success_at, known.last_success_at),
         last_failure_at = coalesce(excluded.last_failure_at, known.last_failure_at),
         last_failure_kind = coalesce(excluded.last_failure_kind, known.last_failure_kind),
         last_failure = coalesce(excluded.last_failure, known.last_failure),
         left_alone_until = CASE
           WHEN (SELECT is_closed FROM given WHERE given.provider_name = known.provider_name) THEN NULL
           ELSE coalesce(excluded.left_alone_until, known.left_alone_until) END,
         lookup_count = known.lookup_count + excluded.lookup_count,
         cached_count = known.cached_count + excluded.cached_count`;

const LOAD = `
  SELECT provider_name AS "providerName", last_success_at AS "lastSuccessAt", last_failure_at AS "lastFailureAt",
         last_failure_kind AS "lastFailureKind", last_failure AS "lastFailure",
         left_alone_until AS "leftAloneUntil", lookup_count::float8 AS "lookupCount",
         cached_count::float8 AS "cachedCount"
    FROM provider_health ORDER BY provider_name`;

export const createProviderHealthStore = (
  database: Pick<Database, 'query'>,
): ProviderHealthStore => ({
  async record(observations) {
    if (observations.length > 0) {
      await database.query(RECORD, OBSERVATIONS.parameters(observations));
    }
  },
  load: async () => (await database.query<ProviderHealthRecord>(LOAD)).rows,
});

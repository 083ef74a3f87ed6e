import { type LookupResult } from '@calseta/common';
import { defineRows } from '../../core/rows.js';
import { keyOf, type LookupKey } from './lookup-key.js';

export type LookupClaim = LookupKey & {
  configVersion: number;
  isUrgent: boolean;
  /** Whether an answer that is still good will do; without it only one that came after `since`. */
  takesKept: boolean;
  /** When the claimant began to wait, by the clock of the database. */
  since?: Date;
};

/** A lookup that waits before anybody has asked it. */
export type QueuedLookup = LookupClaim & WaitingReason;

export type WaitingReason = {
  /** Why it has to wait, in words. */
  reason: string;
};

/** Time after which a row that never got an answer is deleted. */
export const FORGOTTEN_AFTER = `interval '1 hour'`;

type KeyedClaim = LookupClaim & { holder?: string } & Partial<WaitingReason>;

export const CLAIMS = defineRows<KeyedClaim>('given', {
  key: ['text', (claim) => keyOf(claim)],
  provider_name: ['text', ({ providerName }) => providerName],
  type: ['text', ({ type }) => type],
  value: ['text', ({ value }) => value],
  is_urgent: ['bool', ({ isUrgent }) => isUrgent],
  holder: ['uuid', ({ holder }) => holder ?? null],
  config_version: ['int', ({ configVersion }) => configVersion],
  takes_kept: ['bool', ({ takesKept }) => takesKept],
  since: ['timestamptz', ({ since }) => since ?? null],
  reason: ['text', ({ reason }) => reason ?? null],
});

/** An answer of the same settings that is still good, or whatever came while the claimant waited. */
export const IS_USABLE = `
  l.result IS NOT NULL AND (
    coalesce(l.ended_at >= given.since, false)
    OR (given.takes_kept AND (l.result->>'configVersion')::int = given.config_version
        AND l.result->>'status' IN ('success', 'not_found')
        AND (l.result->>'expiresAt')::timestamptz > clock_timestamp()))`;

/** How many more lookups may wait; `maxWaiting` is a parameter. */
export const roomToWait = (maxWaiting: string): string => `room AS (
    SELECT ${maxWaiting}::int - count(*) AS places
      FROM (SELECT FROM provider_lookups WHERE waiting_since IS NOT NULL LIMIT ${maxWaiting}::int) AS waiting
  )`;

/** Makes waiting lookups urgent that an urgent claim wants, too. */
export const URGED = `urged AS (
    UPDATE provider_lookups l SET is_urgent = true FROM given
     WHERE l.key = given.key AND given.is_urgent AND NOT l.is_urgent AND l.waiting_since IS NOT NULL
  )`;

export type StoredResult = Omit<LookupResult, 'fetchedAt' | 'expiresAt'> & {
  fetchedAt: string;
  expiresAt: string;
};

export const toResult = ({ fetchedAt, expiresAt, ...result }: StoredResult): LookupResult => ({
  ...result,
  fetchedAt: new Date(fetchedAt),
  expiresAt: new Date(expiresAt),
});

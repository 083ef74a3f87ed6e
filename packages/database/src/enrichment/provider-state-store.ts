import { type ProviderFault } from '@calseta/common';
import { type Database } from '../core/database.js';
import { COUNTED_HOURS } from './provider-health-store.js';

/** What is left of one quota of a provider. */
export type QuotaState = {
  limit: number;
  windowSeconds: number;
  /** Requests that may leave now. */
  left: number;
  /** When the oldest request leaves the window; null when none is in it. */
  resetsAt: Date | null;
};

/** How a provider is doing, over all enrichers. */
export type ProviderState = {
  quotas: QuotaState[];
  /** Until when the provider asked to be left alone; null when it did not. */
  closedUntil: Date | null;
  /** Until when the breaker of some enricher asks it nothing; null when none does. */
  leftAloneUntil: Date | null;
  lastSuccessAt: Date | null;
  lastFailure: { at: Date; kind: ProviderFault; reason: string } | null;
  /** Lookups of the last COUNTED_HOURS, and how many of them the cache answered. */
  lookupCount: number;
  cachedCount: number;
};

export interface ProviderStateStore {
  /** By name. */
  load(names: readonly string[]): Promise<ReadonlyMap<string, ProviderState>>;
}

type Row = Omit<ProviderState, 'quotas' | 'lastFailure'> & {
  name: string;
  limit: number | null;
  windowSeconds: number | null;
  used: number;
  resetsAt: Date | null;
  failedAt: Date | null;
  failureKind: ProviderFault | null;
  failure: string | null;
};

const LOAD = `
  SELECT p.name, q."limit", q.window_seconds AS "windowSeconds", sent.used, sent.resets_at AS "resetsAt",
         g.closed_until AS "closedUntil",
         CASE WHEN h.left_alone_until > now() THEN h.left_alone_until END AS "leftAloneUntil",
         h.last_success_at AS "lastSuccessAt", h.last_failure_at AS "failedAt",
         h.last_failure_kind AS "failureKind", h.last_failure AS failure,
         counts.lookups AS "lookupCount", counts.cached AS "cachedCount"
    FROM enrichment_providers p
    LEFT JOIN provider_gates g ON g.provider_name = p.name AND g.closed_until > now()
    LEFT JOIN provider_health h ON h.provider_name = p.name
    LEFT JOIN LATERAL (
      SELECT coalesce(sum(c.lookup_count), 0)::float8 AS lookups, coalesce(sum(c.cached_count), 0)::float8 AS cached
        FROM provider_lookup_counts c
       WHERE c.provider_name = p.name AND c.hour > now() - make_interval(hours => ${COUNTED_HOURS})
    ) AS counts ON true
    LEFT JOIN LATERAL jsonb_to_recordset(p.quotas) AS q("limit" int, window_seconds int) ON true
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS used, min(r.sent_at) + make_interval(secs => q.window_seconds) AS resets_at
        FROM provider_requests r
       WHERE r.provider_name = p.name AND r.sent_at > now() - make_interval(secs => q.window_seconds)
    ) AS sent ON true
   WHERE p.name = ANY($1::text[])
   ORDER BY p.name, q.window_seconds`;

export const createProviderStateStore = (
  database: Pick<Database, 'query'>,
): ProviderStateStore => ({
  async load(names) {
    const { rows } = await database.query<Row>(LOAD, [names]);
    const states = new Map<string, ProviderState>();
    for (const row of rows) {
      const state = states.get(row.name) ?? toState(row);
      states.set(row.name, state);
      const { limit, windowSeconds, used, resetsAt } = row;
      if (limit === null || windowSeconds === null) continue;
      state.quotas.push({ limit, windowSeconds, left: Math.max(0, limit - used), resetsAt });
    }
    return states;
  },
});

const toState = ({ failedAt, failureKind, failure, ...row }: Row): ProviderState => ({
  quotas: [],
  closedUntil: row.closedUntil,
  leftAloneUntil: row.leftAloneUntil,
  lastSuccessAt: row.lastSuccessAt,
  lastFailure:
    failedAt && failureKind && failure !== null
      ? { at: failedAt, kind: failureKind, reason: failure }
      : null,
  lookupCount: row.lookupCount,
  cachedCount: row.cachedCount,
});

import { type Database } from '../core/database.js';

/** What is left of one quota of a provider. */
export type QuotaState = {
  limit: number;
  windowSeconds: number;
  /** Requests that may leave now. */
  left: number;
  /** When the oldest request leaves the window; null when none is in it. */
  resetsAt: Date | null;
};

/** How far a provider may be asked now, over all enrichers. */
export type ProviderState = {
  quotas: QuotaState[];
  /** Until when the provider asked to be left alone; null when it did not. */
  closedUntil: Date | null;
};

export interface ProviderStateStore {
  /** By name; of providers without quotas and gates there is nothing. */
  load(names: readonly string[]): Promise<ReadonlyMap<string, ProviderState>>;
}

type Row = {
  name: string;
  limit: number | null;
  windowSeconds: number | null;
  used: number;
  resetsAt: Date | null;
  closedUntil: Date | null;
};

const LOAD = `
  SELECT p.name, q."limit", q.window_seconds AS "windowSeconds", sent.used, sent.resets_at AS "resetsAt",
         g.closed_until AS "closedUntil"
    FROM enrichment_providers p
    LEFT JOIN provider_gates g ON g.provider_name = p.name AND g.closed_until > now()
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
    for (const { name, limit, windowSeconds, used, resetsAt, closedUntil } of rows) {
      const state = states.get(name) ?? { quotas: [], closedUntil };
      states.set(name, state);
      if (limit === null || windowSeconds === null) continue;
      state.quotas.push({ limit, windowSeconds, left: Math.max(0, limit - used), resetsAt });
    }
    return states;
  },
});

import { IS_SILENT } from '../configuration/silence-store.js';
import { type Database } from '../core/database.js';
import { isTest } from '../core/test-alerts.js';
import { countUpTo, countWithoutTests } from './count-rows.js';

/** What an operator watches, as it stands in Postgres. Counts end at MAX_COUNTED; test pushes are in none. */
export type Figures = {
  failedAlerts: number;
  quarantinedAlerts: number;
  pendingDeliveries: number;
  /** Since the oldest delivery that is due was made; 0 without any. */
  oldestPendingSeconds: number;
  deadDeliveries: number;
  /** Agents that were switched off because their pushes failed. */
  disabledAgents: number;
  /** Sources from which nothing comes, although it is expected. */
  silentSources: number;
  /** Agents and providers that are left alone for a while. */
  openAgentBreakers: number;
  openProviderBreakers: number;
  configVersion: number;
  /** Age of the oldest entry of the audit log that is not chained; 0 without any. */
  auditPendingSeconds: number;
};

/** Requests that a provider may still be sent now, by its tightest window. */
export type QuotaLeft = { providerName: string; left: number };

export interface FiguresStore {
  readFigures(): Promise<Figures>;
  readQuotas(): Promise<QuotaLeft[]>;
}

/** Test pushes stand apart. */
const countDeliveries = (status: 'pending' | 'dead'): string =>
  countWithoutTests(
    `deliveries WHERE status = '${status}'`,
    `alerts a JOIN deliveries d ON d.alert_id = a.id
      WHERE ${isTest('a')} AND d.kind = 'test' AND d.status = '${status}'`,
  );

const FIGURES = `
  SELECT ${countUpTo(`alerts WHERE stage = 'failed' AND stage IN ('failed', 'quarantined')`)} AS "failedAlerts",
         ${countUpTo(`alerts WHERE stage = 'quarantined' AND stage IN ('failed', 'quarantined')`)} AS "quarantinedAlerts",
         ${countDeliveries('pending')} AS "pendingDeliveries",
         ${countDeliveries('dead')} AS "deadDeliveries",
         coalesce((SELECT greatest(0, extract(epoch FROM now() - created_at)) FROM deliveries
                    WHERE status = 'pending' AND kind <> 'test' ORDER BY created_at, id LIMIT 1), 0)::float8 AS "oldestPendingSeconds",
         (SELECT count(*)::int FROM agents WHERE NOT is_active AND disabled_reason IS NOT NULL) AS "disabledAgents",
         (SELECT count(*)::int FROM sources WHERE ${IS_SILENT}) AS "silentSources",
         (SELECT count(*)::int FROM agents WHERE is_active AND breaker_open_until > now()) AS "openAgentBreakers",
         (SELECT count(*)::int FROM provider_health WHERE left_alone_until > now()) AS "openProviderBreakers",
         (SELECT version::float8 FROM config_version) AS "configVersion",
         coalesce((SELECT greatest(0, extract(epoch FROM now() - at)) FROM audit_entries
                    WHERE sequence IS NULL ORDER BY position LIMIT 1), 0)::float8 AS "auditPendingSeconds"`;

// Of a window no more requests are read than it allows.
const QUOTAS = `
  SELECT provider.name AS "providerName", min(greatest(0, quota."limit" - sent.count))::int AS left
    FROM enrichment_providers AS provider
   CROSS JOIN LATERAL jsonb_to_recordset(provider.quotas) AS quota("limit" int, window_seconds int)
   CROSS JOIN LATERAL (
         SELECT count(*)::int FROM (
           SELECT FROM provider_requests
            WHERE provider_name = provider.name AND sent_at > now() - make_interval(secs => quota.window_seconds)
            LIMIT quota."limit") AS counted) AS sent
   WHERE provider.is_enabled
   GROUP BY provider.name`;

export const createFiguresStore = (database: Pick<Database, 'query'>): FiguresStore => ({
  async readFigures() {
    const { rows } = await database.query<Figures>(FIGURES);
    const [figures] = rows;
    if (!figures) throw new Error('The figures were not answered.');
    return figures;
  },
  readQuotas: async () => (await database.query<QuotaLeft>(QUOTAS)).rows,
});

import {
  type AlertChange,
  type EnrichmentStatus,
  type IndicatorType,
  type ListedCve,
  type Malice,
  newUuid,
  type Severity,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { addMissingLookups, type MissingLookup } from '../pipeline/updates/missing-lookups.js';
import { addVerdicts, subtractVerdicts } from '../pipeline/sightings/count-verdicts.js';
import { lockIndicators } from '../pipeline/sightings/lock-indicators.js';
import { additionTo } from '../pipeline/updates/changes.js';
import {
  gatherUpdate,
  LOAD_PENDING,
  type PendingUpdate,
} from '../pipeline/updates/gather-update.js';
import { savePending } from '../pipeline/updates/save-pending.js';

/** What an enrichment anew found out about an indicator: a provider that knows it now, or another verdict. */
export type EnrichmentNews = { type: IndicatorType; value: string } & (
  { provider: string } | { from: Malice; to: Malice }
);

/** Which providers know something, which nothing, and which owe an answer. */
export type ProviderLists = {
  succeeded: readonly string[];
  notFound: readonly string[];
  failed: readonly string[];
  /** Why those that failed did, by name. */
  reasons: Readonly<Record<string, string>>;
};

/** An alert that was enriched anew. */
export type Rerun = {
  alertId: string;
  revision: number;
  /** Who asked for it. */
  actor: string;
  /** Providers that were asked; what is known about the others stays. */
  asked: ReadonlySet<string>;
  lists: ProviderLists;
  malice: Malice;
  /** Vulnerabilities of the alert that a threat list has; undefined where the lists were not asked. */
  knownExploited?: readonly ListedCve[];
  /** Answers that it goes on without; they complete it when they come. */
  missing: readonly MissingLookup[];
  news: readonly EnrichmentNews[];
  /** Detail of the activity entry. */
  activity: Record<string, unknown>;
};

export interface RerunStore {
  /**
   * Saves the result on the alert. Agents that match are pushed to again when there is news, by a revision that begins at
   * dispatch. Returns whether there is any; undefined for an alert that has meanwhile moved on.
   */
  save(rerun: Rerun): Promise<boolean | undefined>;
}

type AlertRow = ProviderLists & {
  severity: Severity;
  malice: Malice;
  isOverridden: boolean;
  knownExploited: ListedCve[];
};

export const createRerunStore = (database: Pick<Database, 'transaction'>): RerunStore => ({
  save: async (rerun) =>
    await database.transaction(async (client) => {
      const { alertId, malice } = rerun;
      const { rows } = await client.query<AlertRow>(LOCK, [alertId, rerun.revision]);
      const [before] = rows;
      if (!before) return undefined;
      const lists = joinLists(before, rerun);
      lockIndicators(client, { ofAlerts: [alertId] });
      subtractVerdicts(client, [alertId]);
      client.send(UPDATE, [
        alertId,
        malice,
        statusOf(lists),
        lists.succeeded,
        lists.notFound,
        lists.failed,
        JSON.stringify(lists.reasons),
        JSON.stringify(rerun.knownExploited ?? before.knownExploited),
      ]);
      addVerdicts(client, [alertId]);
      addMissingLookups(client, [rerun]);
      const changes = changesOf(before, rerun);
      const isNews = changes.length > 0;
      const detail = { ...rerun.activity, is_changed: isNews };
      client.send(NOTE, [newUuid(), alertId, rerun.actor, JSON.stringify(detail)]);
      if (!isNews) return false;
      const pending = await client.query<PendingUpdate>(LOAD_PENDING, [[alertId]]);
      const update = { changes, restartFrom: 'dispatch', at: new Date() } as const;
      savePending(client, [{ alertId, pending: gatherUpdate(pending.rows[0], before, update) }]);
      return true;
    }),
});

const LOCK = `
  SELECT severity, malice, malice_override IS NOT NULL AS "isOverridden",
         enrichment_succeeded AS succeeded, enrichment_not_found AS "notFound",
         enrichment_failed AS failed, enrichment_reasons AS reasons, known_exploited AS "knownExploited"
    FROM alerts
   WHERE id = $1 AND revision = $2 AND stage IN ('enriched', 'dispatched', 'failed')
     FOR NO KEY UPDATE`;

const UPDATE = `
  UPDATE alerts
     SET malice = $2::malice, enrichment_status = $3::enrichment_status, enriched_at = now(), updated_at = now(),
         enrichment_succeeded = $4::text[], enrichment_not_found = $5::text[], enrichment_failed = $6::text[],
         enrichment_reasons = $7::jsonb, known_exploited = $8::jsonb
   WHERE id = $1`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail) VALUES ($1, $2, now(), 'enriched_anew', $3, $4)`;

function joinLists(before: ProviderLists, { lists, asked }: Rerun): ProviderLists {
  const join = (key: 'succeeded' | 'notFound' | 'failed') => [
    ...before[key].filter((name) => !asked.has(name)),
    ...lists[key],
  ];
  const kept = Object.entries(before.reasons).filter(([name]) => !asked.has(name));
  return {
    succeeded: join('succeeded'),
    notFound: join('notFound'),
    failed: join('failed'),
    reasons: { ...Object.fromEntries(kept), ...lists.reasons },
  };
}

function statusOf({ succeeded, notFound, failed }: ProviderLists): EnrichmentStatus {
  if (failed.length === 0) return 'Enriched';
  return succeeded.length + notFound.length > 0 ? 'Partial' : 'Failed';
}

/** A verdict that a person has replaced is no news. */
function changesOf(
  { malice: from, isOverridden, knownExploited: known }: AlertRow,
  { malice: to, news, knownExploited: exploited = known }: Rerun,
): AlertChange[] {
  const before = new Set(known.map(({ cve }) => cve));
  const added = exploited.filter(({ cve }) => !before.has(cve));
  return [
    ...(from === to || isOverridden ? [] : [{ field: 'malice', from, to } as const]),
    ...(news.length > 0 ? [additionTo('enrichment', news)] : []),
    ...(added.length > 0 ? [additionTo('known_exploited', added)] : []),
  ];
}

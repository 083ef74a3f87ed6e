import {
  type AddedIndicator,
  AppError,
  type ExtractedIndicator,
  type IndicatorType,
  type Malice,
  MAX_ADDED_INDICATORS,
  newUuid,
  type PipelineStage,
  type Severity,
  TEST_SOURCE,
} from '@calseta/common';
import { type Connection, type Database, type Transaction } from '../../core/database.js';
import { indicatorKey } from './indicator-key.js';
import { upsertIndicators } from './upsert-indicators.js';
import { upsertLinks } from './upsert-links.js';
import { addVerdicts, subtractVerdicts } from '../sightings/count-verdicts.js';
import { lockIndicators } from '../sightings/lock-indicators.js';
import { additionTo } from '../updates/changes.js';
import {
  gatherUpdate,
  LOAD_PENDING,
  type PendingUpdate,
  type RestartFrom,
} from '../updates/gather-update.js';
import { savePending } from '../updates/save-pending.js';

/** An indicator to add, and what an extraction makes of it: itself first, then what it leads to by itself. */
export type Addition = { given: AddedIndicator; indicators: readonly ExtractedIndicator[] };

export type AddIndicatorsRequest = {
  /** Distinct by their canonical values. */
  additions: readonly Addition[];
  /** Id of the API key. */
  actor: string;
  /** Why, as it was given. */
  reason?: string;
};

export interface AddedIndicatorStore {
  /**
   * Adds the indicators that the alert has not; it passes the stages from `enrich` on again, by a revision that the
   * changes of the next seconds join. Returns which were new, in the order given; undefined for an unknown alert. Throws
   * `resource.conflict` for an alert that takes none.
   */
  add(alertUuid: string, request: AddIndicatorsRequest): Promise<boolean[] | undefined>;
}

export const createAddedIndicatorStore = (
  database: Pick<Database, 'transaction'>,
): AddedIndicatorStore => ({
  add: async (alertId, { additions, actor, reason }) =>
    await database.transaction(async (client) => {
      const { rows } = await client.query<AlertRow>(LOCK, [alertId]);
      const [alert] = rows;
      if (!alert) return undefined;
      assertTakes(alert);
      const known = await knownKeys(client, alertId, alert.addedIndicators);
      const isNew = additions.map(({ indicators: [first] }) => !known.has(keyOf(first)));
      const fresh = additions.filter((_, index) => isNew[index]);
      if (fresh.length === 0) return isNew;
      assertRoom(alert, fresh.length);
      // The extraction that is under way, or the one after it, links them itself.
      const linked =
        alert.stage === 'ingested' ? 0 : await link(client, { ...alert, alertId }, known, fresh);
      const given = fresh.map((addition) => addition.given);
      client.send(UPDATE, [alertId, JSON.stringify(given), linked]);
      const names = fresh.flatMap(({ indicators: [first] }) => (first ? [toName(first)] : []));
      const detail = { indicators: names, ...(reason !== undefined && { reason }) };
      client.send(NOTE, [newUuid(), alertId, actor, JSON.stringify(detail)]);
      await planRevision(client, { ...alert, alertId }, names);
      return isNew;
    }),
});

type AlertRow = {
  sourceName: string;
  stage: PipelineStage;
  isEnriched: boolean;
  severity: Severity;
  malice: Malice;
  occurredAt: Date;
  addedIndicators: AddedIndicator[];
};
type LockedAlert = AlertRow & { alertId: string };
type Name = { type: IndicatorType; value: string };

const LOCK = `
  SELECT source_name AS "sourceName", stage, enriched_at IS NOT NULL AS "isEnriched", severity,
         coalesce(malice_override, malice) AS malice, occurred_at AS "occurredAt",
         added_indicators AS "addedIndicators"
    FROM alerts WHERE id = $1 FOR NO KEY UPDATE`;

const UPDATE = `
  UPDATE alerts
     SET added_indicators = added_indicators || $2::jsonb, indicator_count = indicator_count + $3, updated_at = now()
   WHERE id = $1`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail) VALUES ($1, $2, now(), 'indicators_added', $3, $4)`;

const KNOWN = `
  SELECT i.type, i.value FROM alert_indicators l JOIN indicators i ON i.id = l.indicator_id WHERE l.alert_id = $1`;

const LAST_POSITION = `
  SELECT coalesce(max(position), -1) AS position FROM alert_indicators WHERE alert_id = $1`;

function assertTakes({ sourceName, stage }: AlertRow): void {
  if (sourceName === TEST_SOURCE)
    throw new AppError('resource.conflict', 'The alert of a test push takes no indicators.');
  if (stage === 'quarantined')
    throw new AppError('resource.conflict', 'A quarantined alert has to be parsed first.');
}

function assertRoom({ addedIndicators }: AlertRow, count: number): void {
  if (addedIndicators.length + count <= MAX_ADDED_INDICATORS) return;
  const left = MAX_ADDED_INDICATORS - addedIndicators.length;
  throw new AppError(
    'resource.conflict',
    `An alert takes at most ${MAX_ADDED_INDICATORS} added indicators; this one has room for ${left} more.`,
  );
}

const keyOf = (indicator: Name | undefined): string => (indicator ? indicatorKey(indicator) : '');
const toName = ({ type, value }: Name): Name => ({ type, value });

/** What the alert has, and what was added and waits for its extraction. */
async function knownKeys(
  client: Connection,
  alertId: string,
  added: readonly AddedIndicator[],
): Promise<Set<string>> {
  const { rows } = await client.query<Name>(KNOWN, [alertId]);
  return new Set([...rows, ...added].map(indicatorKey));
}

/** Links the indicators behind those that the alert has; returns their number. */
async function link(
  client: Transaction,
  { alertId, occurredAt }: LockedAlert,
  known: ReadonlySet<string>,
  additions: readonly Addition[],
): Promise<number> {
  const all = additions.flatMap(({ indicators }) => indicators);
  const distinct = new Map(all.map((one) => [indicatorKey(one), one]));
  const indicators = [...distinct].flatMap(([key, one]) => (known.has(key) ? [] : [one]));
  lockIndicators(client, { ofAlerts: [alertId], keys: indicators });
  subtractVerdicts(client, [alertId]);
  const [ids, last] = await Promise.all([
    upsertIndicators(client, [{ indicators, seenAt: occurredAt }]),
    client.query<{ position: number }>(LAST_POSITION, [alertId]),
  ]);
  const start = (last.rows[0]?.position ?? -1) + 1;
  upsertLinks(
    client,
    indicators.map((indicator, index) => ({
      alertId,
      indicatorId: ids.get(indicatorKey(indicator)),
      indicator,
      position: start + index,
    })),
  );
  addVerdicts(client, [alertId]);
  return indicators.length;
}

async function planRevision(
  client: Transaction,
  alert: LockedAlert,
  names: readonly Name[],
): Promise<void> {
  const { alertId } = alert;
  const { rows } = await client.query<PendingUpdate>(LOAD_PENDING, [[alertId]]);
  const pending = gatherUpdate(rows[0], alert, {
    changes: [additionTo('indicators', names)],
    restartFrom: restartOf(alert),
    at: new Date(),
  });
  savePending(client, [{ alertId, pending }]);
}

/** An extraction under way may have read the alert before the addition, and one that failed has left nothing. */
const restartOf = ({ stage, isEnriched }: AlertRow): RestartFrom =>
  stage === 'ingested' || (stage === 'failed' && !isEnriched) ? 'extract' : 'enrich';

import { type AlertFacts, deliveryIdOf, newUuid, type Severity } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { agentNow } from '../../core/agent-clock.js';
import { defineRows } from '../../core/rows.js';
import { isNoTest } from '../../core/test-alerts.js';

/** An alert that went through the pipeline, with what trigger filters ask. */
export type DispatchedAlert = {
  alertId: string;
  revision: number;
  receivedAt: Date;
  severity: Severity;
  /** Whether this revision of it was delivered to the agent. */
  isDelivered: boolean;
  filtered: Pick<AlertFacts['alert'], 'severity' | 'sourceName' | 'tags'>;
};

export type ReplaySpan = { since: Date; until: Date };

/** Pushes alerts again to one agent: makes the deliveries, or opens those again that exist, under the same id. */
export interface ReopenStore {
  /** The next alerts of a span in the order of receipt, after the last one of the slice before. */
  readSlice(
    agentId: string,
    span: ReplaySpan,
    after: DispatchedAlert | undefined,
    limit: number,
  ): Promise<DispatchedAlert[]>;
  /** All or none of them; returns the ids of the deliveries. Alerts that have a newer revision by now are left out. */
  reopen(
    agentId: string,
    alerts: readonly Pick<DispatchedAlert, 'alertId' | 'revision'>[],
    actor: string,
  ): Promise<string[]>;
  findDispatched(agentId: string, alertId: string): Promise<DispatchedAlert | undefined>;
}

/** Rows of one statement; the statements of a replay are one transaction. */
const SLICE = 2_000;

const COLUMNS = `
  a.id AS "alertId", a.revision, a.received_at AS "receivedAt", a.severity, a.tags,
  a.source_name AS "sourceName",
  EXISTS (SELECT 1 FROM deliveries d
           WHERE d.alert_id = a.id AND d.agent_id = $1::uuid AND d.revision = a.revision
             AND d.status = 'delivered') AS "isDelivered"`;

const READ_SLICE = `
  SELECT ${COLUMNS}
    FROM alerts a
   WHERE a.received_at >= $2 AND a.received_at < $3 AND a.stage = 'dispatched' AND ${isNoTest('a')}
     AND (a.received_at, a.id) > ($4::timestamptz, $5::uuid)
   ORDER BY a.received_at, a.id LIMIT $6`;

const FIND = `
  SELECT ${COLUMNS} FROM alerts a
   WHERE a.id = $2::uuid AND a.stage = 'dispatched' AND ${isNoTest('a')}`;

const ROWS = defineRows<{ id: string; alertId: string; revision: number }>(
  'given',
  {
    id: ['uuid', ({ id }) => id],
    alert_id: ['uuid', ({ alertId }) => alertId],
    revision: ['int', ({ revision }) => revision],
    activity_id: ['uuid', () => newUuid()],
  },
  { firstParameter: 3 },
);

const REOPEN = `
  WITH opened AS (
    INSERT INTO deliveries AS d
           (id, kind, agent_id, alert_id, revision, severity, next_attempt_at, created_at, opened_at, is_replay)
    SELECT given.id, 'alert', agents.id, a.id, a.revision, a.severity, now(), now(),
           ${agentNow('agents')}, true
      FROM ${ROWS.from}
      JOIN alerts a ON a.id = given.alert_id AND a.revision = given.revision
      JOIN agents ON agents.id = $1::uuid
       FOR KEY SHARE OF a, agents
    ON CONFLICT (alert_id, agent_id, revision) DO UPDATE
       SET status = 'pending', severity = EXCLUDED.severity, next_attempt_at = now(),
           finished_at = NULL, last_error = NULL,
           opened_at = EXCLUDED.opened_at, earlier_attempts = d.attempt_count, is_replay = true
    RETURNING d.id, d.alert_id
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT given.activity_id, opened.alert_id, now(), 'delivery.replayed', $2,
           jsonb_build_object('delivery_uuid', opened.id, 'agent_uuid', agents.id, 'agent', agents.name)
      FROM opened
      JOIN ${ROWS.from} ON given.alert_id = opened.alert_id
      JOIN agents ON agents.id = $1::uuid
  )
  SELECT id FROM opened`;

type Row = Omit<DispatchedAlert, 'filtered'> & { sourceName: string; tags: string[] };

const toAlert = ({ sourceName, tags, ...row }: Row): DispatchedAlert => ({
  ...row,
  filtered: { severity: row.severity, sourceName, tags },
});

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

export const createReopenStore = (database: Database): ReopenStore => ({
  async readSlice(agentId, { since, until }, after, limit) {
    const position = [after?.receivedAt ?? since, after?.alertId ?? FIRST_UUID];
    const { rows } = await database.query<Row>(READ_SLICE, [
      agentId,
      since,
      until,
      ...position,
      limit,
    ]);
    return rows.map(toAlert);
  },

  async findDispatched(agentId, alertId) {
    const { rows } = await database.query<Row>(FIND, [agentId, alertId]);
    return rows.map(toAlert)[0];
  },

  reopen: async (agentId, alerts, actor) =>
    await database.transaction(async (client) => {
      const opened: string[] = [];
      for (let begin = 0; begin < alerts.length; begin += SLICE) {
        const rows = alerts.slice(begin, begin + SLICE).map(({ alertId, revision }) => ({
          id: deliveryIdOf({ alertId, agentId, revision }),
          alertId,
          revision,
        }));
        const { rows: done } = await client.query<{ id: string }>(REOPEN, [
          agentId,
          actor,
          ...ROWS.parameters(rows),
        ]);
        opened.push(...done.map(({ id }) => id));
      }
      return opened;
    }),
});

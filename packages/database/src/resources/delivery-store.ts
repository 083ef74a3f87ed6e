import {
  ALERT_ENRICHED,
  AppError,
  formatTimestamp,
  isAgentEvent,
  type DeliveryFilter,
  type DeliveryResource,
  uuidSchema,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { childBytes } from '../core/fit-rows.js';
import { readNewestPage } from '../core/newest-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type DeliveryAttempt, type Prisma } from '../generated/client.js';
import { agentNow } from '../core/agent-clock.js';

/** Reads deliveries with their attempts, and opens those again that came to nothing. */
export interface DeliveryStore {
  /** Newest first. */
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryResource>>;
  get(uuid: string): Promise<DeliveryResource | undefined>;
  /**
   * Makes a dead or waiting delivery due at once, with a new schedule of retries and under the same webhook-id.
   * Undefined for an unknown one; throws `resource.conflict` for one that must not be attempted.
   */
  retry(uuid: string): Promise<DeliveryResource | undefined>;
}

/** Test pushes stand apart, unless they are asked for. */
const NO_TEST = { not: 'test' } as const;

const WITH_ATTEMPTS = { attempts: { orderBy: { startedAt: 'asc' } } } as const;
type DeliveryRow = Prisma.DeliveryGetPayload<{ include: typeof WITH_ATTEMPTS }>;

/** A delivery and its attempts are read by two statements; the attempts must not be later than the delivery. */
const ONE_SNAPSHOT = { isolationLevel: 'RepeatableRead' } as const;

/** Deliveries, with what was answered to their attempts. */
const DELIVERIES = {
  table: 'deliveries',
  bytes: `octet_length(r::text) + ${childBytes('delivery_attempts', 'delivery_id')}`,
};

export const createDeliveryStore = (database: Database): DeliveryStore => {
  const { prisma } = database;
  const get = async (uuid: string) => {
    const [row] = await prisma.$transaction(
      [prisma.delivery.findUnique({ where: { id: uuid }, include: WITH_ATTEMPTS })],
      ONE_SNAPSHOT,
    );
    return row ? toDelivery(row) : undefined;
  };

  return {
    async list(filter, page) {
      const wanted = defined({
        status: filter.status,
        agentId: filter.agent_uuid,
        alertId: filter.alert_uuid,
        kind: filter.kind ?? (filter.alert_uuid === undefined ? NO_TEST : undefined),
      });
      return await readNewestPage(database, page, {
        rows: DELIVERIES,
        idSchema: uuidSchema,
        find: async ({ where: after, ...window }) =>
          await prisma.delivery.findMany({ where: { ...wanted, ...after }, ...window }),
        read: async (among) => {
          const [rows] = await prisma.$transaction(
            [prisma.delivery.findMany({ ...among, include: WITH_ATTEMPTS })],
            ONE_SNAPSHOT,
          );
          return rows;
        },
        count: async () => await prisma.delivery.count({ where: wanted }),
        toResource: toDelivery,
      });
    },

    get,

    async retry(uuid) {
      const { rowCount } = await database.query(REOPEN, [uuid]);
      const delivery = await get(uuid);
      if (delivery && rowCount === 0) {
        throw new AppError('resource.conflict', await reasonAgainst(database, delivery));
      }
      return delivery;
    },
  };
};

/** An attempt that is under way keeps its lease, and still decides. */
const REOPEN = `
  UPDATE deliveries d
     SET status = 'pending', next_attempt_at = now(), finished_at = NULL,
         opened_at = ${agentNow('agents')}, earlier_attempts = d.attempt_count
    FROM agents
   WHERE d.id = $1::uuid AND agents.id = d.agent_id AND agents.is_active
     AND d.kind <> 'test' AND d.status IN ('dead', 'pending')`;

/** Why a delivery cannot be attempted again. */
async function reasonAgainst(
  { prisma }: Pick<Database, 'prisma'>,
  { status, kind, agent_uuid: agentId, last_error: lastError }: DeliveryResource,
): Promise<string> {
  if (kind === 'test')
    return 'A test push is not repeated; POST /v1/agents/{uuid}/test makes another.';
  if (status === 'delivered')
    return 'It was delivered; POST /v1/agents/{uuid}/replay pushes it again.';
  if (status === 'cancelled') {
    return `It was cancelled, and a later delivery stands in its place. ${lastError ?? ''}`.trim();
  }
  const agent = await prisma.agent.findUnique({ where: { id: agentId } });
  const reason = agent?.disabledReason;
  return (
    `Its agent is switched off${reason ? ` (${reason})` : ''}; ` +
    'PATCH /v1/agents/{uuid} {"is_active": true} switches it on.'
  );
}

const toDelivery = (row: DeliveryRow): DeliveryResource => {
  const isEarlier = ({ number }: DeliveryAttempt) => number <= row.earlierAttempts;
  const earlier = row.attempts.filter(isEarlier);
  return {
    uuid: row.id,
    webhook_id: `msg_${row.id}`,
    kind: row.kind,
    event: row.event !== null && isAgentEvent(row.event) ? row.event : ALERT_ENRICHED,
    agent_uuid: row.agentId,
    ...(row.alertId !== null && { alert_uuid: row.alertId }),
    revision: row.revision,
    severity: row.severity,
    status: row.status,
    attempt_count: row.attemptCount,
    ...(row.status === 'pending' && { next_attempt_at: formatTimestamp(row.nextAttemptAt) }),
    ...(row.lastError !== null && { last_error: row.lastError }),
    created_at: formatTimestamp(row.createdAt),
    ...(row.finishedAt !== null && { finished_at: formatTimestamp(row.finishedAt) }),
    attempts: row.attempts.filter((attempt) => !isEarlier(attempt)).map(toAttempt),
    ...(earlier.length > 0 && { earlier_attempts: earlier.map(toAttempt) }),
  };
};

const toAttempt = (row: DeliveryAttempt): DeliveryResource['attempts'][number] => ({
  number: row.number,
  started_at: formatTimestamp(row.startedAt),
  duration_ms: row.durationMs,
  outcome: row.outcome,
  ...(row.statusCode !== null && { status_code: row.statusCode }),
  ...(row.responseBody !== null && { response_body: row.responseBody }),
  ...(row.error !== null && { error: row.error }),
  ...(row.note !== null && { note: row.note }),
});

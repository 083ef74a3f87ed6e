import { formatTimestamp, type DeliveryFilter, type DeliveryResource } from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type DeliveryAttempt, type Prisma } from '../generated/client.js';
import { readPage, type Page, type PageRequest } from '../core/page.js';

/** Reads deliveries with their attempts, and retries dead ones. */
export interface DeliveryStore {
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryResource>>;
  get(uuid: string): Promise<DeliveryResource | undefined>;
  /** Makes a dead, cancelled or waiting delivery due at once; test pushes and delivered ones are not changed. */
  retry(uuid: string): Promise<DeliveryResource | undefined>;
}

const WITH_ATTEMPTS = { attempts: { orderBy: { startedAt: 'asc' } } } as const;
type DeliveryRow = Prisma.DeliveryGetPayload<{ include: typeof WITH_ATTEMPTS }>;

export const createDeliveryStore = ({ prisma }: Database): DeliveryStore => {
  const get = async (uuid: string) => {
    const row = await prisma.delivery.findUnique({ where: { id: uuid }, include: WITH_ATTEMPTS });
    return row ? toDelivery(row) : undefined;
  };

  return {
    async list(filter, page) {
      const wanted = defined({
        status: filter.status,
        agentId: filter.agent_uuid,
        alertId: filter.alert_uuid,
      });
      return await readPage(page, {
        order: 'newest_first',
        find: ({ where, ...query }) =>
          prisma.delivery.findMany({
            where: { ...wanted, ...where },
            include: WITH_ATTEMPTS,
            ...query,
          }),
        count: () => prisma.delivery.count({ where: wanted }),
        toResource: toDelivery,
      });
    },

    get,

    async retry(uuid) {
      await prisma.delivery.updateMany({
        where: { id: uuid, kind: 'alert', status: { not: 'delivered' } },
        data: { status: 'pending', nextAttemptAt: new Date(), finishedAt: null },
      });
      return await get(uuid);
    },
  };
};

const toDelivery = (row: DeliveryRow): DeliveryResource => ({
  uuid: row.id,
  webhook_id: `msg_${row.id}`,
  kind: row.kind,
  agent_uuid: row.agentId,
  ...(row.alertId !== null && { alert_uuid: row.alertId }),
  revision: row.revision,
  status: row.status,
  attempt_count: row.attemptCount,
  ...(row.status === 'pending' && { next_attempt_at: formatTimestamp(row.nextAttemptAt) }),
  ...(row.lastError !== null && { last_error: row.lastError }),
  created_at: formatTimestamp(row.createdAt),
  ...(row.finishedAt !== null && { finished_at: formatTimestamp(row.finishedAt) }),
  attempts: row.attempts.map(toAttempt),
});

const toAttempt = (row: DeliveryAttempt): DeliveryResource['attempts'][number] => ({
  number: row.number,
  started_at: formatTimestamp(row.startedAt),
  duration_ms: row.durationMs,
  outcome: row.outcome,
  ...(row.statusCode !== null && { status_code: row.statusCode }),
  ...(row.responseBody !== null && { response_body: row.responseBody }),
  ...(row.error !== null && { error: row.error }),
});

import {
  formatTimestamp,
  MAX_SUBSCRIPTIONS,
  newUuid,
  type SnsSubscription,
  type SubscriptionRequest,
  snsSubscriptionSchema,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { type Prisma } from '../generated/client.js';

export type ConfirmationOutcome = { by: string; at: Date; error?: string | undefined };

/** Subscription requests that systems send to a source. */
export interface SubscriptionStore {
  /**
   * Stores a request, replacing an earlier one for the same topic; returns its id, or undefined for an unknown source.
   */
  request(name: string, request: SubscriptionRequest, at: Date): Promise<string | undefined>;
  get(name: string, id: string): Promise<SnsSubscription | undefined>;
  /** Stores the result of a confirmation. */
  settle(
    name: string,
    id: string,
    outcome: ConfirmationOutcome,
  ): Promise<SnsSubscription | undefined>;
}

const listSchema = z.array(snsSubscriptionSchema);

/** Newest first. */
export const readSubscriptions = (stored: unknown): SnsSubscription[] => listSchema.parse(stored);

export const createSubscriptionStore = ({
  prisma,
}: Pick<Database, 'prisma'>): SubscriptionStore => ({
  request: async (name, request, at) =>
    await change(prisma, name, (subscriptions) => {
      const known = subscriptions.find(({ topic_arn }) => topic_arn === request.topic_arn);
      const id = known?.id ?? newUuid();
      const others = subscriptions.filter((one) => one !== known);
      const requested = { ...request, id, received_at: formatTimestamp(at) };
      return { subscriptions: [requested, ...others].slice(0, MAX_SUBSCRIPTIONS), result: id };
    }),

  async get(name, id) {
    const row = await prisma.source.findUnique({ where: { name } });
    return row ? readSubscriptions(row.subscriptions).find((one) => one.id === id) : undefined;
  },

  settle: async (name, id, { by, at, error }) =>
    await change(prisma, name, (subscriptions) => {
      const known = subscriptions.find((one) => one.id === id);
      if (!known) return { subscriptions, result: undefined };
      const settled: SnsSubscription =
        error === undefined
          ? { ...requestOf(known), confirmed_at: formatTimestamp(at), confirmed_by: by }
          : { ...known, last_error: error };
      return {
        subscriptions: subscriptions.map((one) => (one === known ? settled : one)),
        result: settled,
      };
    }),
});

const requestOf = ({ id, type, topic_arn, subscribe_url, received_at }: SnsSubscription) => ({
  id,
  type,
  topic_arn,
  subscribe_url,
  received_at,
});

/** Changes the requests of a source; concurrent changes run one after the other. */
async function change<T>(
  prisma: Database['prisma'],
  name: string,
  work: (subscriptions: SnsSubscription[]) => { subscriptions: SnsSubscription[]; result: T },
): Promise<T | undefined> {
  return await prisma.$transaction(async (tx: Prisma.TransactionClient) => {
    await tx.$queryRaw`SELECT 1 FROM sources WHERE name = ${name} FOR NO KEY UPDATE`;
    const source = await tx.source.findUnique({ where: { name } });
    if (!source) return undefined;
    const { subscriptions, result } = work(readSubscriptions(source.subscriptions));
    await tx.source.update({ where: { name }, data: { subscriptions } });
    return result;
  });
}

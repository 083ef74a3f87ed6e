import {
  formatTimestamp,
  triggerFilterSchema,
  type AgentResource,
  type CreateAgent,
  type UpdateAgent,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type Agent } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from './resource-store.js';

/** Encrypts what must be readable again; the store never sees a key. */
export type Encrypt = (plaintext: string) => string;

export type NewAgent = CreateAgent & { signing_secret: string };
export type AgentStore = ResourceStore<NewAgent, UpdateAgent, AgentResource>;

/** Registered agents. Their secrets go in encrypted, and never come out here. */
export const createAgentStore = (database: Database, encrypt: Encrypt): AgentStore => {
  const { prisma } = database;
  const toColumns = ({ auth_header: authHeader, ...input }: UpdateAgent) =>
    defined({
      name: input.name,
      documentation: input.documentation,
      webhookUrl: input.webhook_url,
      authHeaderEncrypted: typeof authHeader === 'string' ? encrypt(authHeader) : authHeader,
      triggerFilter: input.trigger_filter,
      timeoutSeconds: input.timeout_seconds,
      maxConcurrency: input.max_concurrency,
      isActive: input.is_active,
      // Switching an agent on again gives it a new start.
      ...(input.is_active === true && { disabledReason: null, consecutiveFailures: 0 }),
    });

  return createResourceStore({
    noun: 'agent',
    toResource: toAgent,
    insert: (input: NewAgent) =>
      prisma.agent.create({
        data: {
          ...toColumns(input),
          name: input.name,
          webhookUrl: input.webhook_url,
          signingSecretEncrypted: encrypt(input.signing_secret),
        },
      }),
    find: (id) => prisma.agent.findUnique({ where: { id } }),
    findPage: (page) => prisma.agent.findMany(page),
    count: () => prisma.agent.count(),
    change: (id, changes: UpdateAgent) =>
      prisma.agent.update({ where: { id }, data: toColumns(changes) }),
    delete: async (id) => {
      await deleteDeliveries(database, id);
      return await prisma.agent.delete({ where: { id } });
    },
  });
};

/** An agent may have millions; one statement over all of them would run into its time-out. */
const DELETE_BATCH_SIZE = 5_000;

async function deleteDeliveries({ query }: Pick<Database, 'query'>, agentId: string) {
  for (let deleted: number | null = null; deleted !== 0;) {
    const { rowCount } = await query(
      `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE agent_id = $1 LIMIT $2)`,
      [agentId, DELETE_BATCH_SIZE],
    );
    deleted = rowCount;
  }
}

const toAgent = (row: Agent): AgentResource => ({
  uuid: row.id,
  name: row.name,
  documentation: row.documentation,
  webhook_url: row.webhookUrl,
  trigger_filter: triggerFilterSchema.parse(row.triggerFilter),
  timeout_seconds: row.timeoutSeconds,
  max_concurrency: row.maxConcurrency,
  is_active: row.isActive,
  ...(row.disabledReason !== null && { disabled_reason: row.disabledReason }),
  has_auth_header: row.authHeaderEncrypted !== null,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});

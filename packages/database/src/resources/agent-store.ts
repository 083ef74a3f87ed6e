import {
  AppError,
  agentModeSchema,
  formatTimestamp,
  isAgentEvent,
  payloadModeSchema,
  alertRuleSchema,
  triggerFilterSchema,
  type AgentResource,
  type CreateAgent,
  type UpdateAgent,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type Encrypt } from '../core/encrypt.js';
import { type Agent, Prisma } from '../generated/client.js';
import { createFixedResourceStore, type FixedResourceStore } from './resource-store.js';

export type NewAgent = CreateAgent & { signing_secret: string };
export type ChangedAgent = { agent: AgentResource; isSecretReplaced: boolean };

export interface AgentStore extends FixedResourceStore<NewAgent, AgentResource> {
  /**
   * Changes an agent. If its webhook moves to another origin, the fresh signing secret replaces the old one, and
   * secrets for the old origin must be given again; otherwise throws `request.invalid`. `assertUnchanged` throws when the
   * agent is not the one that the caller saw.
   */
  update(
    uuid: string,
    changes: UpdateAgent,
    freshSigningSecret: string,
    assertUnchanged?: (current: AgentResource) => void,
  ): Promise<ChangedAgent | undefined>;
  /** Another agent with this URL, or else with this name. */
  findTwin(
    agent: { name?: string | undefined; webhook_url?: string | null | undefined },
    exceptUuid?: string,
  ): Promise<{ uuid: string; by: 'webhook_url' | 'name' } | undefined>;
  /** Replaces the signing secret; the old one signs too until the overlap is over. */
  rotateSecret(
    uuid: string,
    rotation: { freshSigningSecret: string; overlapSeconds: number },
  ): Promise<AgentResource | undefined>;
}

const FORGIVEN = {
  disabledReason: null,
  consecutiveFailures: 0,
  failingSince: null,
  breakerOpenUntil: null,
};

/** Registered agents. Secrets are stored encrypted and never returned. */
export const createAgentStore = (database: Database, encrypt: Encrypt): AgentStore => {
  const { prisma } = database;
  const toColumns = columnsOf(encrypt);

  const store = createFixedResourceStore(database, {
    noun: 'agent',
    toResource: toAgent,
    insert: (input: NewAgent) =>
      prisma.agent.create({
        data: {
          ...toColumns(input),
          name: input.name,
          signingSecretEncrypted: encrypt(input.signing_secret),
        },
      }),
    table: 'agents',
    rows: prisma.agent,
    delete: async (id) => {
      await deleteDeliveries(database, id);
      return await prisma.$transaction(async (tx) => {
        const deleted = await tx.agent.delete({ where: { id } });
        await tx.apiKey.updateMany({
          where: { agentId: id, revokedAt: null },
          data: { revokedAt: new Date() },
        });
        return deleted;
      });
    },
  });

  return {
    ...store,
    findTwin: async ({ name, webhook_url: webhookUrl }, exceptUuid) =>
      await findTwin(prisma, { name, webhookUrl }, exceptUuid),
    update: async (id, changes, freshSigningSecret, assertUnchanged) =>
      await prisma.$transaction(async (tx) => {
        // Locks the agent, so that its secrets and address cannot change concurrently.
        await tx.$queryRaw`SELECT 1 FROM agents WHERE id = ${id}::uuid FOR UPDATE`;
        const current = await tx.agent.findUnique({ where: { id } });
        if (!current) return undefined;
        assertUnchanged?.(toAgent(current));
        const isMoving = movesElsewhere(current, changes);
        if (isMoving) refuseToMoveSecrets(current, changes);
        const secrets = isMoving && {
          signingSecretEncrypted: encrypt(freshSigningSecret),
          // The new address must not receive anything signed with the old secret.
          previousSecretEncrypted: null,
          previousSecretExpiresAt: null,
        };
        const data = { ...toColumns(changes), ...secrets };
        const agent = toAgent(await tx.agent.update({ where: { id }, data }));
        return { agent, isSecretReplaced: isMoving };
      }),
    rotateSecret: async (id, { freshSigningSecret, overlapSeconds }) =>
      await prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM agents WHERE id = ${id}::uuid FOR UPDATE`;
        const current = await tx.agent.findUnique({ where: { id } });
        if (!current) return undefined;
        const hasOverlap = overlapSeconds > 0;
        const data = {
          signingSecretEncrypted: encrypt(freshSigningSecret),
          previousSecretEncrypted: hasOverlap ? current.signingSecretEncrypted : null,
          previousSecretExpiresAt: hasOverlap
            ? new Date(Date.now() + overlapSeconds * 1_000)
            : null,
        };
        return toAgent(await tx.agent.update({ where: { id }, data }));
      }),
  };
};

const columnsOf =
  (encrypt: Encrypt) =>
  ({ auth_header: authHeader, headers, tls, ...input }: UpdateAgent) =>
    defined({
      ...(tls !== undefined && tlsColumns(tls, encrypt)),
      name: input.name,
      documentation: input.documentation,
      webhookUrl: input.webhook_url,
      authHeaderEncrypted: typeof authHeader === 'string' ? encrypt(authHeader) : authHeader,
      triggerFilter: input.trigger_filter,
      match: input.match === null ? Prisma.DbNull : input.match,
      timeoutSeconds: input.timeout_seconds,
      maxConcurrency: input.max_concurrency,
      isActive: input.is_active,
      receiveUpdates: input.receive_updates,
      events: input.events,
      receiveQuarantined: input.receive_quarantined,
      payloadMode: input.payload_mode,
      maxTokens: input.max_tokens,
      maxBytes: input.max_bytes,
      mode: input.mode,
      headers: headers && mapValues(headers, encrypt),
      expiresAt:
        typeof input.expires_at === 'string' ? new Date(input.expires_at) : input.expires_at,
      // Reactivating an agent resets its failures.
      ...(input.is_active === true && FORGIVEN),
    });

const tlsColumns = (tls: UpdateAgent['tls'], encrypt: Encrypt) => ({
  tlsCa: tls?.ca ?? null,
  tlsCertificate: tls?.client_certificate ?? null,
  tlsKeyEncrypted: tls?.client_key === undefined ? null : encrypt(tls.client_key),
});

async function findTwin(
  prisma: Database['prisma'],
  { name, webhookUrl }: { name: string | undefined; webhookUrl: string | null | undefined },
  exceptUuid?: string,
): Promise<{ uuid: string; by: 'webhook_url' | 'name' } | undefined> {
  const find = async (where: Prisma.AgentWhereInput) =>
    await prisma.agent.findFirst({
      where: { ...where, ...(exceptUuid !== undefined && { id: { not: exceptUuid } }) },
      select: { id: true },
    });
  const byUrl = typeof webhookUrl === 'string' ? await find({ webhookUrl }) : null;
  if (byUrl) return { uuid: byUrl.id, by: 'webhook_url' };
  const byName = name === undefined ? null : await find({ name });
  return byName ? { uuid: byName.id, by: 'name' } : undefined;
}

const movesElsewhere = (current: Agent, { webhook_url: url }: UpdateAgent): boolean =>
  typeof url === 'string' &&
  (current.webhookUrl === null || new URL(url).origin !== new URL(current.webhookUrl).origin);

/** Secrets are write-only; moving them to another origin would reveal them to it. */
function refuseToMoveSecrets(current: Agent, changes: UpdateAgent): void {
  const issues = [
    ...(current.authHeaderEncrypted !== null && changes.auth_header === undefined
      ? [{ pointer: '/auth_header', message: 'has to be given anew, or null to drop it' }]
      : []),
    ...(namesOf(current.headers).length > 0 && changes.headers === undefined
      ? [{ pointer: '/headers', message: 'have to be given anew, or {} to drop them' }]
      : []),
    ...(current.tlsKeyEncrypted !== null && changes.tls === undefined
      ? [{ pointer: '/tls', message: 'has to be given anew with its key, or null to drop it' }]
      : []),
  ];
  if (issues.length === 0) return;
  throw new AppError(
    'request.invalid',
    'Secrets do not follow a webhook to another scheme, host or port.',
    { issues },
  );
}

const namesOf = (headers: unknown): string[] => Object.keys(headers as Record<string, string>);

const mapValues = (record: Record<string, string>, map: (value: string) => string) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

/** An agent may have millions of deliveries; a single statement would time out. */
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
  ...(row.webhookUrl !== null && { webhook_url: row.webhookUrl }),
  trigger_filter: triggerFilterSchema.parse(row.triggerFilter),
  ...(row.match !== null && { match: alertRuleSchema.parse(row.match) }),
  timeout_seconds: row.timeoutSeconds,
  max_concurrency: row.maxConcurrency,
  is_active: row.isActive,
  receive_updates: row.receiveUpdates,
  events: row.events.filter(isAgentEvent),
  receive_quarantined: row.receiveQuarantined,
  payload_mode: payloadModeSchema.parse(row.payloadMode),
  max_tokens: row.maxTokens,
  max_bytes: row.maxBytes,
  mode: agentModeSchema.parse(row.mode),
  ...(row.disabledReason !== null && { disabled_reason: row.disabledReason }),
  has_auth_header: row.authHeaderEncrypted !== null,
  header_names: namesOf(row.headers),
  ...((row.tlsCa !== null || row.tlsCertificate !== null) && {
    tls: {
      ...(row.tlsCa !== null && { ca: row.tlsCa }),
      ...(row.tlsCertificate !== null && { client_certificate: row.tlsCertificate }),
      has_client_key: row.tlsKeyEncrypted !== null,
    },
  }),
  ...(row.previousSecretExpiresAt !== null &&
    row.previousSecretExpiresAt > new Date() && {
      previous_secret_expires_at: formatTimestamp(row.previousSecretExpiresAt),
    }),
  ...(row.expiresAt !== null && { expires_at: formatTimestamp(row.expiresAt) }),
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});

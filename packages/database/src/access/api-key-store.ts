import {
  type ApiKeyResource,
  AppError,
  type CreateApiKey,
  type createdApiKeySchema,
  formatTimestamp,
  generateApiKey,
  MAX_LIVE_API_KEYS,
  type UpdateApiKey,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { ensureAdminKey } from './ensure-admin-key.js';
import { type ApiKey, Prisma } from '../generated/client.js';
import { wholeRows } from '../core/fit-rows.js';
import { readNewestPage } from '../core/newest-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import {
  IS_LIVE,
  type LiveApiKeys,
  principalOf,
  readAllowedNetworks,
  readAllowedSources,
  readLiveApiKeys,
  readScopes,
} from './read-live-api-keys.js';

type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

export type ApiKeyOrigin = {
  /** The principal that requested the key. */
  createdBy: string;
  /** Makes the key a URL token of this source. */
  urlTokenSource?: string;
};

export type ApiKeyStore = {
  /** Undefined when the configuration version is still `knownVersion`. */
  readLive(knownVersion: string | undefined): Promise<LiveApiKeys | undefined>;
  get(id: string): Promise<ApiKeyResource | undefined>;
  /** With a source, lists only its URL tokens. */
  list(page: PageRequest, urlTokenSource?: string): Promise<Page<ApiKeyResource>>;
  /** Returns the key itself, which is not stored. Conflicts at MAX_LIVE_API_KEYS; refuses an unknown agent. */
  create(input: CreateApiKey, origin: ApiKeyOrigin): Promise<CreatedApiKey>;
  /** Creates a key with the rights of a live one; the old key keeps working for `overlapSeconds`. */
  rotate(
    id: string,
    options: { overlapSeconds: number; createdBy: string },
  ): Promise<CreatedApiKey | undefined>;
  /**
   * Changes a live key. `assertAllowed` sees the key as it is, locked, and throws to refuse. Conflicts when the key was
   * revoked or has expired, and when a URL token would get other scopes or sources.
   */
  update(
    id: string,
    changes: UpdateApiKey,
    assertAllowed: (current: ApiKeyResource) => void,
  ): Promise<ApiKeyResource | undefined>;
  /** False when the key does not exist; a second call changes nothing. */
  revoke(id: string, urlTokenSource?: string): Promise<boolean>;
  /** Records the last use of keys, to the minute. */
  touch(ids: string[]): Promise<void>;
  /** Makes sure that an admin key exists; of several processes that start together, one creates it. */
  ensureAdminKey(options: { bootstrapKey?: string | undefined }): Promise<{ createdKey?: string }>;
};

// Locked in order and without waiting, so that replicas updating the same keys do not block each other.
const TOUCH = `
  UPDATE api_keys SET last_used_at = now()
  WHERE id IN (
    SELECT id FROM api_keys
    WHERE id = ANY($1::text[])
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    ORDER BY id
    FOR UPDATE SKIP LOCKED
  )`;

const INSERT_ROTATED = `
  INSERT INTO api_keys
    (id, name, key_type, scopes, added_scopes, allowed_sources, url_token_source, allowed_networks,
     agent_id, principal, created_by, secret_hash, expires_at)
  SELECT $2, name, key_type, scopes, added_scopes, allowed_sources, url_token_source,
    allowed_networks, agent_id,
    CASE WHEN key_type = 'human' THEN coalesce(principal, id) END, $4, $3, expires_at
  FROM api_keys WHERE id = $1 AND ${IS_LIVE}
  FOR UPDATE`;

const END_AFTER_OVERLAP = `
  UPDATE api_keys
  SET expires_at = least(expires_at, now() + make_interval(secs => $2)) WHERE id = $1`;

export function createApiKeyStore(database: Database): ApiKeyStore {
  const { apiKey } = database.prisma;

  return {
    readLive: async (knownVersion) => await readLiveApiKeys(database, knownVersion),

    async get(id) {
      const row = await apiKey.findUnique({ where: { id } });
      return row ? toResource(row) : undefined;
    },

    list: async (page, urlTokenSource) => await listApiKeys(database, page, urlTokenSource),

    async create(input, { createdBy, urlTokenSource }) {
      await assertRoom(database);
      const { id, key, hash } = generateApiKey();
      const data = {
        id,
        name: input.name,
        keyType: input.key_type,
        scopes: input.scopes,
        allowedSources: input.allowed_sources ?? Prisma.DbNull,
        ...(input.allowed_networks && { allowedNetworks: input.allowed_networks }),
        urlTokenSource: urlTokenSource ?? null,
        agentId: input.agent_uuid ?? null,
        principal: input.principal ?? null,
        createdBy,
        secretHash: copyOf(hash),
        expiresAt: input.expires_at === undefined ? null : new Date(input.expires_at),
      };
      const row = await database.prisma.$transaction(async (tx) => {
        await assertAgentExists(tx, input.agent_uuid);
        return await tx.apiKey.create({ data });
      });
      return { ...toResource(row), key };
    },

    async rotate(id, { overlapSeconds, createdBy }) {
      // Without an overlap, the extra key exists only within the transaction.
      if (overlapSeconds > 0) await assertRoom(database);
      const { id: newId, key, hash } = generateApiKey();
      const rotated = await database.transaction(async (client) => {
        const { rowCount } = await client.query(INSERT_ROTATED, [id, newId, hash, createdBy]);
        if (rowCount === 0) return false;
        await client.query(END_AFTER_OVERLAP, [id, overlapSeconds]);
        return true;
      });
      if (!rotated) return undefined;
      return { ...toResource(await apiKey.findUniqueOrThrow({ where: { id: newId } })), key };
    },

    update: async (id, changes, assertAllowed) =>
      await updateKey(database, { id, changes, assertAllowed }),

    async revoke(id, urlTokenSource) {
      const among = defined({ id, urlTokenSource });
      const { count } = await apiKey.updateMany({
        where: { ...among, revokedAt: null },
        data: { revokedAt: new Date() },
      });
      return count === 1 || (await apiKey.count({ where: among })) === 1;
    },

    async touch(ids) {
      await database.query(TOUCH, [ids]);
    },

    ensureAdminKey: async ({ bootstrapKey }) => await ensureAdminKey(database, bootstrapKey),
  };
}

/** Locks the agent, so that a concurrent delete revokes the new key too. */
async function assertAgentExists(
  tx: Prisma.TransactionClient,
  agentId: string | undefined,
): Promise<void> {
  if (agentId === undefined) return;
  const agents = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM agents WHERE id = ${agentId}::uuid FOR KEY SHARE`;
  if (agents.length > 0) return;
  throw new AppError('request.invalid', 'There is no such agent.', {
    issues: [{ pointer: '/agent_uuid', message: 'names no agent' }],
  });
}

type Change = {
  id: string;
  changes: UpdateApiKey;
  assertAllowed: (current: ApiKeyResource) => void;
};

const updateKey = async ({ prisma }: Database, { id, changes, assertAllowed }: Change) =>
  await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM api_keys WHERE id = ${id} FOR UPDATE`;
    const current = await tx.apiKey.findUnique({ where: { id } });
    if (!current) return undefined;
    assertAllowed(toResource(current));
    assertChangeable(current, changes);
    return toResource(await tx.apiKey.update({ where: { id }, data: toColumns(changes) }));
  });

/** A key that ended stays ended, and a URL token remains one. */
function assertChangeable(
  { revokedAt, expiresAt, urlTokenSource }: ApiKey,
  { scopes, allowed_sources: sources }: UpdateApiKey,
): void {
  if (revokedAt !== null || (expiresAt !== null && expiresAt <= new Date())) {
    throw new AppError(
      'resource.conflict',
      'The key was revoked or has expired, and stays so; create a new one.',
    );
  }
  if (urlTokenSource !== null && (scopes !== undefined || sources !== undefined)) {
    throw new AppError(
      'resource.conflict',
      'A URL token sends alerts of its source and nothing else; create an API key for more.',
    );
  }
}

const toColumns = (changes: UpdateApiKey) =>
  defined({
    name: changes.name,
    scopes: changes.scopes,
    // Given scopes replace all, those included that a migration added.
    addedScopes: changes.scopes && [],
    allowedSources: changes.allowed_sources === null ? Prisma.DbNull : changes.allowed_sources,
    allowedNetworks:
      changes.allowed_networks === undefined ? undefined : (changes.allowed_networks ?? []),
    expiresAt:
      typeof changes.expires_at === 'string' ? new Date(changes.expires_at) : changes.expires_at,
  });

async function listApiKeys(
  database: Database,
  page: PageRequest,
  urlTokenSource: string | undefined,
): Promise<Page<ApiKeyResource>> {
  const { apiKey } = database.prisma;
  const among = defined({ urlTokenSource });
  return await readNewestPage(database, page, {
    rows: wholeRows('api_keys', 'text'),
    idSchema: z.string(),
    find: async ({ where: after, ...window }) =>
      await apiKey.findMany({ where: { ...among, ...after }, ...window }),
    read: async (query) => await apiKey.findMany(query),
    count: async () => await apiKey.count({ where: among }),
    toResource,
  });
}

/** Prisma needs bytes that own their buffer. */
const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

async function assertRoom(database: Pick<Database, 'query'>): Promise<void> {
  const { rows } = await database.query<{ live: number }>(
    `SELECT count(*)::int AS live FROM api_keys WHERE ${IS_LIVE}`,
  );
  if ((rows[0]?.live ?? 0) < MAX_LIVE_API_KEYS) return;
  throw new AppError(
    'resource.conflict',
    `There are ${MAX_LIVE_API_KEYS} live API keys, which is the most; revoke some first.`,
  );
}

const toResource = (row: ApiKey): ApiKeyResource => ({
  id: row.id,
  name: row.name,
  key_type: row.keyType,
  scopes: readScopes(row.scopes, row.addedScopes),
  allowed_sources: readAllowedSources(row.allowedSources),
  allowed_networks: readAllowedNetworks(row.allowedNetworks),
  principal: principalOf(row),
  ...(row.agentId !== null && { agent_uuid: row.agentId }),
  ...(row.createdBy !== null && { created_by: row.createdBy }),
  ...(row.expiresAt && { expires_at: formatTimestamp(row.expiresAt) }),
  ...(row.revokedAt && { revoked_at: formatTimestamp(row.revokedAt) }),
  ...(row.lastUsedAt && { last_used_at: formatTimestamp(row.lastUsedAt) }),
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});

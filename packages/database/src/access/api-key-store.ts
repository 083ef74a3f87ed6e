import {
  type ApiKeyResource,
  AppError,
  type CreateApiKey,
  type createdApiKeySchema,
  formatTimestamp,
  generateApiKey,
  MAX_LIVE_API_KEYS,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { ensureAdminKey } from './ensure-admin-key.js';
import { type ApiKey, Prisma } from '../generated/client.js';
import { type Page, type PageRequest, readKeysetPage } from '../core/page.js';
import {
  IS_LIVE,
  type LiveApiKeys,
  principalOf,
  readAllowedSources,
  readLiveApiKeys,
  readScopes,
} from './read-live-api-keys.js';

type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

export type ApiKeyOrigin = {
  /** The principal that asked for the key. */
  createdBy: string;
  /** Makes it a URL token of this source. */
  urlTokenSource?: string;
};

export type ApiKeyStore = {
  /** Undefined when the configuration still has `knownVersion`. */
  readLive(knownVersion: string | undefined): Promise<LiveApiKeys | undefined>;
  get(id: string): Promise<ApiKeyResource | undefined>;
  /** With a source: only its URL tokens. */
  list(page: PageRequest, urlTokenSource?: string): Promise<Page<ApiKeyResource>>;
  /** The answer holds the key itself, which is not stored. At MAX_LIVE_API_KEYS it is a conflict. */
  create(input: CreateApiKey, origin: ApiKeyOrigin): Promise<CreatedApiKey>;
  /** A new key with the rights of a live one, which goes on working for `overlapSeconds`. */
  rotate(
    id: string,
    options: { overlapSeconds: number; createdBy: string },
  ): Promise<CreatedApiKey | undefined>;
  /** False when there is no such key; revoking twice is once. */
  revoke(id: string, urlTokenSource?: string): Promise<boolean>;
  /** Notes that the keys were used, to the minute. */
  touch(ids: string[]): Promise<void>;
  /** Sees to it that there is an admin key; of many processes that start together, one makes it. */
  ensureAdminKey(options: { bootstrapKey?: string | undefined }): Promise<{ createdKey?: string }>;
};

const positionSchema = z.object({ at: z.iso.datetime(), id: z.string() });

// Locked in order and without waiting: replicas that touch the same keys do not stop each other.
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
    (id, name, key_type, scopes, added_scopes, allowed_sources, url_token_source, principal,
     created_by, secret_hash, expires_at)
  SELECT $2, name, key_type, scopes, added_scopes, allowed_sources, url_token_source,
    CASE WHEN key_type = 'human' THEN coalesce(principal, id) END, $4, $3, expires_at
  FROM api_keys WHERE id = $1 AND ${IS_LIVE}
  FOR UPDATE`;

const END_AFTER_OVERLAP = `
  UPDATE api_keys
  SET expires_at = least(expires_at, now() + make_interval(secs => $2)) WHERE id = $1`;

/** Who may do what. */
export function createApiKeyStore(database: Database): ApiKeyStore {
  const { apiKey } = database.prisma;

  return {
    readLive: async (knownVersion) => await readLiveApiKeys(database, knownVersion),

    async get(id) {
      const row = await apiKey.findUnique({ where: { id } });
      return row ? toResource(row) : undefined;
    },

    async list(page, urlTokenSource) {
      const among = defined({ urlTokenSource });
      return await readKeysetPage(page, {
        positionSchema,
        positionOf: ({ createdAt, id }: ApiKey) => ({ at: createdAt.toISOString(), id }),
        find: async (after, take) =>
          await apiKey.findMany({
            where: { ...among, ...(after && isAfter(after)) },
            orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
            take,
          }),
        count: async () => await apiKey.count({ where: among }),
        toResource,
      });
    },

    async create(input, { createdBy, urlTokenSource }) {
      await assertRoom(database);
      const { id, key, hash } = generateApiKey();
      const row = await apiKey.create({
        data: {
          id,
          name: input.name,
          keyType: input.key_type,
          scopes: input.scopes,
          allowedSources: input.allowed_sources ?? Prisma.DbNull,
          urlTokenSource: urlTokenSource ?? null,
          principal: input.principal ?? null,
          createdBy,
          secretHash: copyOf(hash),
          expiresAt: input.expires_at === undefined ? null : new Date(input.expires_at),
        },
      });
      return { ...toResource(row), key };
    },

    async rotate(id, { overlapSeconds, createdBy }) {
      // Without an overlap there is one more for no longer than a transaction.
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

const isAfter = ({ at, id }: z.infer<typeof positionSchema>): Prisma.ApiKeyWhereInput => ({
  OR: [{ createdAt: { lt: new Date(at) } }, { createdAt: new Date(at), id: { lt: id } }],
});

/** Prisma wants bytes that own their memory. */
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
  principal: principalOf(row),
  ...(row.createdBy !== null && { created_by: row.createdBy }),
  ...(row.expiresAt && { expires_at: formatTimestamp(row.expiresAt) }),
  ...(row.revokedAt && { revoked_at: formatTimestamp(row.revokedAt) }),
  ...(row.lastUsedAt && { last_used_at: formatTimestamp(row.lastUsedAt) }),
  created_at: formatTimestamp(row.createdAt),
});

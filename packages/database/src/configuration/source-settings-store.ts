import {
  AppError,
  FIELDS_ARE_NEEDED,
  fieldMappingSchema,
  readsFields,
  formatTimestamp,
  newUuid,
  sourceNameSchema,
  type CreateSource,
  type HmacSecretResource,
  MAX_HMAC_SECRETS,
  toOnResolved,
  toOnUpdate,
  type SourceResource,
  type UpdateSource,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { refuseDuplicates } from '../core/expected-failures.js';
import { Prisma, type Source } from '../generated/client.js';
import { readSubscriptions } from './subscription-store.js';
import { readHmacSecrets, type StoredHmacSecret } from './hmac-secret.js';
import { wholeRows } from '../core/fit-rows.js';
import { readNamedPage } from '../core/name-page.js';
import { type Page, type PageRequest } from '../core/page.js';

/** Reads and changes the settings of sources. */
export interface SourceSettingsStore {
  list(page: PageRequest): Promise<Page<SourceResource>>;
  get(name: string): Promise<SourceResource | undefined>;
  create(input: CreateSource): Promise<SourceResource>;
  /**
   * Undefined for an unknown source. Throws when a custom source would have no fields to read. `assertUnchanged` throws
   * when the source is not the one that the caller saw.
   */
  update(
    name: string,
    changes: UpdateSource,
    assertUnchanged?: (current: SourceResource) => void,
  ): Promise<SourceResource | undefined>;
  /** Deletes a custom source and its URL tokens; alerts stay. False for an unknown source. */
  remove(name: string): Promise<boolean>;
  addHmacSecret(name: string, encrypted: string): Promise<HmacSecretResource | undefined>;
  removeHmacSecret(name: string, id: string): Promise<boolean>;
}

const CUSTOM = 'custom';

export const createSourceSettingsStore = ({
  prisma,
  query,
  readLarge,
}: Database): SourceSettingsStore => ({
  list: async (page) =>
    await readNamedPage({ query, readLarge }, page, {
      rows: wholeRows('sources', 'text'),
      positionSchema: sourceNameSchema,
      find: async (window) => await prisma.source.findMany(window),
      read: async (among) => await prisma.source.findMany(among),
      count: async () => await prisma.source.count(),
      toResource,
    }),

  async get(name) {
    const row = await prisma.source.findUnique({ where: { name } });
    return row ? toResource(row) : undefined;
  },

  async create(input) {
    const data = { ...toColumns(input), name: input.name, plugin: CUSTOM };
    return toResource(
      await refuseDuplicates('source of this name', prisma.source.create({ data })),
    );
  },

  update: async (name, changes, assertUnchanged) =>
    await prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM sources WHERE name = ${name} FOR UPDATE`;
      const current = await tx.source.findUnique({ where: { name } });
      if (!current) return undefined;
      assertUnchanged?.(toResource(current));
      if (current.plugin === CUSTOM) refuseToReadNothing(changes);
      return toResource(await tx.source.update({ where: { name }, data: toColumns(changes) }));
    }),

  remove: async (name) => {
    const removed = await prisma.$transaction(async (tx) => {
      const { count } = await tx.source.deleteMany({ where: { name, plugin: CUSTOM } });
      if (count === 0) return false;
      await tx.apiKey.updateMany({
        where: { urlTokenSource: name, revokedAt: null },
        data: { revokedAt: new Date() },
      });
      return true;
    });
    if (!removed) {
      await refuseBuiltIn(prisma, name, 'A built-in source can be switched off, not deleted.');
    }
    return removed;
  },

  addHmacSecret: async (name, encrypted) =>
    await changeSecrets(prisma, name, (secrets) => {
      if (secrets.length >= MAX_HMAC_SECRETS) {
        throw new AppError(
          'resource.conflict',
          `A source has ${MAX_HMAC_SECRETS} secrets at most.`,
        );
      }
      const added = { id: newUuid(), encrypted, created_at: formatTimestamp(new Date()) };
      return { secrets: [...secrets, added], result: toSecretResource(added) };
    }),

  removeHmacSecret: async (name, id) =>
    (await changeSecrets(prisma, name, (secrets) => {
      const left = secrets.filter((secret) => secret.id !== id);
      return { secrets: left, result: left.length < secrets.length };
    })) ?? false,
});

/** Changes the secrets of a source; concurrent changes run one after the other. */
async function changeSecrets<T>(
  prisma: Database['prisma'],
  name: string,
  change: (secrets: StoredHmacSecret[]) => { secrets: StoredHmacSecret[]; result: T },
): Promise<T | undefined> {
  return await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM sources WHERE name = ${name} FOR UPDATE`;
    const source = await tx.source.findUnique({ where: { name } });
    if (!source) return undefined;
    const { secrets, result } = change(readHmacSecrets(source.hmacSecrets));
    await tx.source.update({ where: { name }, data: { hmacSecrets: secrets } });
    return result;
  });
}

/** A built-in source is read by its plugin; a custom one only by its mapping. */
function refuseToReadNothing({ field_mapping: mapping }: UpdateSource): void {
  if (mapping === undefined || (mapping !== null && readsFields(mapping))) return;
  throw new AppError('request.invalid', 'The request is not valid.', {
    issues: [{ pointer: '/field_mapping/fields', message: FIELDS_ARE_NEEDED }],
  });
}

async function refuseBuiltIn(
  prisma: Database['prisma'],
  name: string,
  message: string,
): Promise<void> {
  if ((await prisma.source.count({ where: { name } })) === 0) return;
  throw new AppError('resource.conflict', message);
}

const toColumns = (input: UpdateSource) =>
  defined({
    fieldMapping: input.field_mapping === null ? Prisma.DbNull : input.field_mapping,
    dedupWindowSeconds: input.dedup_window_seconds,
    onUpdate: input.on_update,
    onResolved: input.on_resolved,
    rateLimitPerMinute: input.rate_limit_per_minute,
    expectedEverySeconds: input.expected_every_seconds,
    isActive: input.is_active,
  });

const toSecretResource = ({ id, created_at }: StoredHmacSecret): HmacSecretResource => ({
  id,
  created_at,
});

/** By this process' clock, as `IS_SILENT` is by that of Postgres. */
const isSilent = ({ isActive, expectedEverySeconds: every, lastSeenAt, createdAt }: Source) =>
  isActive && every !== null && (lastSeenAt ?? createdAt).getTime() < Date.now() - every * 1_000;

function toResource(row: Source): SourceResource {
  const secrets = readHmacSecrets(row.hmacSecrets);
  return {
    name: row.name,
    plugin: row.plugin,
    ...(row.fieldMapping !== null && { field_mapping: fieldMappingSchema.parse(row.fieldMapping) }),
    dedup_window_seconds: row.dedupWindowSeconds,
    on_update: toOnUpdate(row.onUpdate),
    on_resolved: toOnResolved(row.onResolved),
    rate_limit_per_minute: row.rateLimitPerMinute,
    expected_every_seconds: row.expectedEverySeconds,
    is_active: row.isActive,
    is_signature_required: secrets.length > 0,
    hmac_secrets: secrets.map(toSecretResource),
    accepted_count: Number(row.acceptedCount),
    rejected_count: Number(row.rejectedCount),
    unread_severity_count: Number(row.unreadSeverityCount),
    ...(row.lastSeenAt && { last_seen_at: formatTimestamp(row.lastSeenAt) }),
    is_silent: isSilent(row),
    ...(row.lastRejectedAt && {
      last_rejected: {
        at: formatTimestamp(row.lastRejectedAt),
        reason: row.lastRejectedReason ?? '',
      },
    }),
    quarantined_count: Number(row.quarantinedCount),
    ...(row.lastQuarantinedAt && {
      last_quarantined_at: formatTimestamp(row.lastQuarantinedAt),
      last_quarantined_reason: row.lastQuarantinedReason ?? '',
    }),
    subscriptions: readSubscriptions(row.subscriptions),
    created_at: formatTimestamp(row.createdAt),
    updated_at: formatTimestamp(row.updatedAt),
  };
}

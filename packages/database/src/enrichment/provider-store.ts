import { formatTimestamp, type IndicatorType, type Role, type Tlp } from '@calseta/common';
import { type Database } from '../core/database.js';
import { sameJson } from '../core/canonical-json.js';
import { defined } from '../core/defined.js';
import { type Encrypt } from '../core/encrypt.js';
import { orUndefined, refuseDuplicates } from '../core/expected-failures.js';
import { wholeRows } from '../core/fit-rows.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type EnrichmentProvider, type Prisma } from '../generated/client.js';
import { keepProviderVersion } from './keep-provider-version.js';

/** What the enricher knows beyond the provider's row: variables of its environment, and the vendor's default URL. */
export type ProviderEnvironment = { secrets: string[]; base_url?: string; vendor_url?: string };

/** A provider as stored; `lookup` is not parsed. */
export type ProviderRecord = {
  uuid: string;
  name: string;
  title: string;
  origin: 'local' | 'builtin' | 'custom';
  is_active: boolean;
  /** Set by an operator. */
  base_url: string | null;
  indicator_types: IndicatorType[];
  quotas: { limit: number; window_seconds: number }[];
  ttls: { success: number | Partial<Record<IndicatorType, number>>; not_found: number };
  reliability: number;
  timeout_ms: number;
  is_own_directory: boolean;
  max_tlp: Tlp;
  roles: Role[];
  version: number;
  lookup: unknown;
  /** Credentials set over the API. */
  credential_names: string[];
  environment: ProviderEnvironment;
  created_at: string;
  updated_at: string;
};

type Settings = Omit<
  ProviderRecord,
  'uuid' | 'origin' | 'version' | 'credential_names' | 'environment' | 'created_at' | 'updated_at'
>;

/** An omitted field stays unchanged; a null credential is deleted. */
export type ProviderChanges = { [K in keyof Settings]?: Settings[K] | undefined } & {
  credentials?: Record<string, string | null> | undefined;
};

export type NewProvider = Omit<ProviderChanges, 'credentials'> & {
  name: string;
  lookup: unknown;
  credentials: Record<string, string>;
};

/** A built-in provider as its file and the environment describe it. */
export type BuiltinRow = {
  name: string;
  title: string;
  lookup: unknown;
  environment: ProviderEnvironment;
  quotas: ProviderRecord['quotas'];
  ttls: ProviderRecord['ttls'];
  reliability: number;
  timeout_ms: number;
  is_own_directory: boolean;
  roles: Role[];
  is_active: boolean;
};

export interface ProviderStore {
  list(page: PageRequest): Promise<Page<ProviderRecord>>;
  get(uuid: string): Promise<ProviderRecord | undefined>;
  create(provider: NewProvider): Promise<ProviderRecord>;
  /** Raises the version, so that answers cached under the old settings are not used. */
  update(uuid: string, changes: ProviderChanges): Promise<ProviderRecord | undefined>;
  remove(uuid: string): Promise<boolean>;
  /** Writes what the built-in provider files say; settings of operators stay. */
  ensureBuiltIn(rows: readonly BuiltinRow[]): Promise<void>;
}

export const createProviderStore = (
  { prisma, query, readLarge }: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
  encrypt: Encrypt,
): ProviderStore => ({
  list: async (page) =>
    await readLargePage({ query, readLarge }, page, {
      order: 'newest_first',
      rows: wholeRows('enrichment_providers'),
      find: (window) => prisma.enrichmentProvider.findMany(window),
      read: (where) => prisma.enrichmentProvider.findMany({ where }),
      count: () => prisma.enrichmentProvider.count(),
      toResource: toRecord,
    }),

  async get(uuid) {
    const row = await prisma.enrichmentProvider.findUnique({ where: { id: uuid } });
    return row ? toRecord(row) : undefined;
  },

  async create({ credentials, ...provider }) {
    const data = {
      ...toColumns(provider),
      name: provider.name,
      origin: 'custom',
      credentials: encryptAll(credentials, encrypt),
    };
    const creating = prisma.$transaction(async (tx) => {
      const row = await tx.enrichmentProvider.create({ data });
      await keepProviderVersion(tx, row);
      return toRecord(row);
    });
    return await refuseDuplicates('provider of this name', creating);
  },

  update: async (uuid, changes) =>
    await prisma.$transaction(async (tx) => await changeLocked(tx, uuid, changes, encrypt)),

  async remove(uuid) {
    const deleting = prisma.enrichmentProvider.delete({ where: { id: uuid } });
    return (await orUndefined(deleting)) !== undefined;
  },

  async ensureBuiltIn(rows) {
    const known = await prisma.enrichmentProvider.findMany({
      where: { name: { in: rows.map(({ name }) => name) } },
    });
    for (const row of rows) {
      const before = known.find(({ name }) => name === row.name);
      // An unchanged write would make every process reload its configuration.
      if (before && isSame(before, row)) continue;
      await prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${row.name}, 0))::text`;
        await writeBuiltIn(tx, row);
      });
    }
  },
});

/** Several enrichers may start at once; the later ones find the row as they would write it. */
async function writeBuiltIn(tx: Prisma.TransactionClient, row: BuiltinRow): Promise<void> {
  const where = { name: row.name };
  const ours = {
    title: row.title,
    lookup: json(row.lookup),
    environment: json(row.environment),
    origin: 'builtin',
  };
  const before = await tx.enrichmentProvider.findUnique({ where });
  if (before && isSame(before, row)) return;
  if (!before) {
    const data = { ...toColumns(row), ...ours, name: row.name };
    await keepProviderVersion(tx, await tx.enrichmentProvider.create({ data }));
    return;
  }
  // Answers that were read in another way do not count any more.
  const isReadAnew = !sameJson(before.lookup, row.lookup);
  const data = { ...ours, ...(isReadAnew && { configVersion: { increment: 1 } }) };
  const after = await tx.enrichmentProvider.update({ where, data });
  if (isReadAnew) await keepProviderVersion(tx, after);
}

/** Omitted credentials stay; the row is locked, so that no concurrent change of credentials is lost. */
async function changeLocked(
  tx: Prisma.TransactionClient,
  uuid: string,
  { credentials = {}, ...changes }: ProviderChanges,
  encrypt: Encrypt,
): Promise<ProviderRecord | undefined> {
  await tx.$queryRaw`SELECT 1 FROM enrichment_providers WHERE id = ${uuid}::uuid FOR UPDATE`;
  const current = await tx.enrichmentProvider.findUnique({ where: { id: uuid } });
  if (!current) return undefined;
  const kept = Object.entries(current.credentials as Record<string, string>).filter(
    ([name]) => !Object.hasOwn(credentials, name),
  );
  const given = Object.entries(credentials).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const data = {
    ...toColumns(changes),
    credentials: { ...Object.fromEntries(kept), ...encryptAll(Object.fromEntries(given), encrypt) },
    configVersion: { increment: 1 },
  };
  const row = await tx.enrichmentProvider.update({ where: { id: uuid }, data });
  await keepProviderVersion(tx, row);
  return toRecord(row);
}

const json = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue;

const toColumns = (provider: Omit<ProviderChanges, 'credentials'>) =>
  defined({
    title: provider.title,
    isEnabled: provider.is_active,
    baseUrl: provider.base_url,
    indicatorTypes: provider.indicator_types,
    quotas: provider.quotas && json(provider.quotas),
    ttls: provider.ttls && json(provider.ttls),
    reliability: provider.reliability,
    timeoutMs: provider.timeout_ms,
    isOwnDirectory: provider.is_own_directory,
    maxTlp: provider.max_tlp,
    roles: provider.roles,
    lookup: provider.lookup === undefined ? undefined : json(provider.lookup),
  });

const encryptAll = (
  credentials: Record<string, string>,
  encrypt: Encrypt,
): Record<string, string> =>
  Object.fromEntries(Object.entries(credentials).map(([name, value]) => [name, encrypt(value)]));

const isSame = (before: EnrichmentProvider, { title, lookup, environment }: BuiltinRow): boolean =>
  before.origin === 'builtin' &&
  before.title === title &&
  sameJson(before.lookup, lookup) &&
  sameJson(before.environment, environment);

const toRecord = (row: EnrichmentProvider): ProviderRecord => ({
  uuid: row.id,
  name: row.name,
  title: row.title === '' ? row.name : row.title,
  origin: row.origin as ProviderRecord['origin'],
  is_active: row.isEnabled,
  base_url: row.baseUrl,
  indicator_types: row.indicatorTypes,
  quotas: row.quotas as ProviderRecord['quotas'],
  ttls: (row.ttls as ProviderRecord['ttls'] | null) ?? {
    success: row.ttlSeconds,
    not_found: row.negativeTtlSeconds,
  },
  reliability: row.reliability,
  timeout_ms: row.timeoutMs,
  is_own_directory: row.isOwnDirectory,
  max_tlp: row.maxTlp as Tlp,
  roles: row.roles as Role[],
  version: row.configVersion,
  lookup: row.lookup,
  credential_names: Object.keys(row.credentials as Record<string, string>).sort(),
  environment: { secrets: [], ...(row.environment as Partial<ProviderEnvironment>) },
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});

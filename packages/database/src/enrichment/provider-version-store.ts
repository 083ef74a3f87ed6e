import { formatTimestamp, type Tlp } from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { type Page, type PageRequest, readKeysetPage } from '../core/page.js';
import { type EnrichmentProviderVersion } from '../generated/client.js';
import { type ProviderRecord } from './provider-store.js';

/** A provider as one of its versions had it; `lookup` is not parsed. */
export type ProviderVersionRecord = Pick<
  ProviderRecord,
  | 'version'
  | 'title'
  | 'is_active'
  | 'base_url'
  | 'indicator_types'
  | 'quotas'
  | 'ttls'
  | 'reliability'
  | 'timeout_ms'
  | 'is_own_directory'
  | 'max_tlp'
  | 'roles'
  | 'lookup'
  | 'credential_names'
  | 'created_at'
>;

export interface ProviderVersionStore {
  /** Newest first; undefined for an unknown provider. */
  list(uuid: string, page: PageRequest): Promise<Page<ProviderVersionRecord> | undefined>;
  get(uuid: string, version: number): Promise<ProviderVersionRecord | undefined>;
}

export const createProviderVersionStore = ({
  prisma,
}: Pick<Database, 'prisma'>): ProviderVersionStore => ({
  async list(providerId, page) {
    if ((await prisma.enrichmentProvider.count({ where: { id: providerId } })) === 0)
      return undefined;
    return await readKeysetPage(page, {
      positionSchema: z.int(),
      positionOf: ({ version }: EnrichmentProviderVersion) => version,
      find: async (after, take) =>
        await prisma.enrichmentProviderVersion.findMany({
          where: { providerId, ...(after !== undefined && { version: { lt: after } }) },
          orderBy: { version: 'desc' },
          take,
        }),
      count: async () => await prisma.enrichmentProviderVersion.count({ where: { providerId } }),
      toResource: toVersion,
    });
  },

  async get(providerId, version) {
    const row = await prisma.enrichmentProviderVersion.findUnique({
      where: { providerId_version: { providerId, version } },
    });
    return row ? toVersion(row) : undefined;
  },
});

const toVersion = (row: EnrichmentProviderVersion): ProviderVersionRecord => ({
  version: row.version,
  title: row.title,
  is_active: row.isEnabled,
  base_url: row.baseUrl,
  indicator_types: row.indicatorTypes,
  quotas: row.quotas as ProviderVersionRecord['quotas'],
  ttls: row.ttls as ProviderVersionRecord['ttls'],
  reliability: row.reliability,
  timeout_ms: row.timeoutMs,
  is_own_directory: row.isOwnDirectory,
  max_tlp: row.maxTlp as Tlp,
  roles: row.roles as ProviderVersionRecord['roles'],
  lookup: row.lookup,
  credential_names: row.credentialNames,
  created_at: formatTimestamp(row.createdAt),
});

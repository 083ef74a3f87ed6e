import { formatTimestamp, type Tlp } from '@calseta/common';
import { type Database } from '../core/database.js';
import { wholeRows } from '../core/fit-rows.js';
import { type Page, type PageRequest } from '../core/page.js';
import { readVersionPage } from '../core/version-page.js';
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
  query,
  readLarge,
}: Pick<Database, 'prisma' | 'query' | 'readLarge'>): ProviderVersionStore => ({
  async list(providerId, page) {
    if ((await prisma.enrichmentProvider.count({ where: { id: providerId } })) === 0)
      return undefined;
    return await readVersionPage({ query, readLarge }, page, {
      rows: wholeRows('enrichment_provider_versions'),
      of: ['provider_id', providerId],
      read: (versions) =>
        prisma.enrichmentProviderVersion.findMany({
          where: { providerId, version: { in: versions } },
          orderBy: { version: 'desc' },
        }),
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

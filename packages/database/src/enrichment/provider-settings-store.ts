import { type IndicatorType, type Role, type Tlp } from '@calseta/common';
import { type Database } from '../core/database.js';

export type ProviderQuota = { limit: number; windowSeconds: number };

/** Seconds that an answer stays cached; `success` may differ by indicator type. */
export type ProviderTtls = {
  success: number | Partial<Record<IndicatorType, number>>;
  notFound: number;
};

export type StoredProviderSettings = {
  id: string;
  name: string;
  isEnabled: boolean;
  configVersion: number;
  indicatorTypes: IndicatorType[];
  reliability: number;
  ttlSeconds: number;
  negativeTtlSeconds: number;
  timeoutMs: number;
  /** The HTTP lookup as the API accepts it; null for a local provider. */
  lookup: unknown;
  baseUrl: string | null;
  /** Encrypted values by credential name. */
  credentials: Record<string, string>;
  quotas: ProviderQuota[];
  ttls: ProviderTtls | null;
  isOwnDirectory: boolean;
  maxTlp: Tlp;
  roles: Role[];
  isBuiltIn: boolean;
};

/** Reads the settings of all providers that have some. */
export async function loadProviderSettings({
  prisma,
}: Pick<Database, 'prisma'>): Promise<StoredProviderSettings[]> {
  const rows = await prisma.enrichmentProvider.findMany({ orderBy: { name: 'asc' } });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    isEnabled: row.isEnabled,
    configVersion: row.configVersion,
    indicatorTypes: row.indicatorTypes,
    reliability: row.reliability,
    ttlSeconds: row.ttlSeconds,
    negativeTtlSeconds: row.negativeTtlSeconds,
    timeoutMs: row.timeoutMs,
    lookup: row.lookup,
    baseUrl: row.baseUrl,
    credentials: row.credentials as Record<string, string>,
    quotas: toQuotas(row.quotas),
    ttls: toTtls(row.ttls),
    isOwnDirectory: row.isOwnDirectory,
    maxTlp: row.maxTlp as Tlp,
    roles: row.roles as Role[],
    isBuiltIn: row.origin === 'builtin',
  }));
}

type QuotaColumn = { limit: number; window_seconds: number }[];
type TtlsColumn = { success: ProviderTtls['success']; not_found: number } | null;

const toQuotas = (column: unknown): ProviderQuota[] =>
  (column as QuotaColumn).map(({ limit, window_seconds: windowSeconds }) => ({
    limit,
    windowSeconds,
  }));

function toTtls(column: unknown): ProviderTtls | null {
  const ttls = column as TtlsColumn;
  return ttls && { success: ttls.success, notFound: ttls.not_found };
}

import { type EnrichmentProvider, Prisma } from '../generated/client.js';

/** Versions that are kept of one provider, the newest ones. */
export const MAX_PROVIDER_VERSIONS = 100;

/** Keeps what a provider is like now, and drops versions beyond the limit. */
export async function keepProviderVersion(
  tx: Prisma.TransactionClient,
  row: EnrichmentProvider,
): Promise<void> {
  const { id: providerId, configVersion: version } = row;
  await tx.enrichmentProviderVersion.create({
    data: {
      providerId,
      version,
      title: row.title === '' ? row.name : row.title,
      isEnabled: row.isEnabled,
      baseUrl: row.baseUrl,
      indicatorTypes: row.indicatorTypes,
      quotas: row.quotas as Prisma.InputJsonValue,
      ttls: (row.ttls as Prisma.InputJsonValue | null) ?? {
        success: row.ttlSeconds,
        not_found: row.negativeTtlSeconds,
      },
      reliability: row.reliability,
      timeoutMs: row.timeoutMs,
      isOwnDirectory: row.isOwnDirectory,
      maxTlp: row.maxTlp,
      roles: row.roles,
      lookup: (row.lookup as Prisma.InputJsonValue | null) ?? Prisma.DbNull,
      credentialNames: Object.keys(row.credentials as Record<string, string>).sort(),
    },
  });
  await tx.enrichmentProviderVersion.deleteMany({
    where: { providerId, version: { lte: version - MAX_PROVIDER_VERSIONS } },
  });
}

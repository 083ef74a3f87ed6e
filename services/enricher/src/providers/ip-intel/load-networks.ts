import { open } from 'node:fs/promises';
import { type Logger } from '@calseta/platform';
import { createIpTableBuilder, type IpTable } from '../tables/ip-table.js';
import { createDistinctFacts } from './distinct-facts.js';
import { type IpFacts, parseIpIntelLine } from './parse-ip-intel.js';

export type IpIntelLimits = { maxNetworks: number; maxOwners: number; maxBytes: number };

/** What fits in memory twice: while a changed file is read, the former content still answers. */
export const IP_INTEL_LIMITS: IpIntelLimits = {
  maxNetworks: 1_000_000,
  /** Distinct ASN, organization and country together; the internet has about a hundred thousand. */
  maxOwners: 250_000,
  maxBytes: 256 * 1024 * 1024,
};

/**
 * Reads the file line by line, so that a long one fills no memory and blocks no other work. Stops at the first network
 * or owner too many.
 */
export async function loadNetworks(
  path: string,
  log: Pick<Logger, 'info' | 'warn'>,
  { maxNetworks, maxOwners, maxBytes }: IpIntelLimits = IP_INTEL_LIMITS,
): Promise<IpTable<IpFacts>> {
  const networks = createIpTableBuilder<IpFacts>();
  const owners = createDistinctFacts(maxOwners);
  let badLines = 0;
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > maxBytes) throw new Error(`${path} exceeds ${maxBytes} bytes.`);
  for await (const line of file.readLines()) {
    const entry = parseIpIntelLine(line);
    if (entry === 'bad') badLines++;
    if (typeof entry === 'string') continue;
    const owner = owners.same(entry.value);
    if (!owner || networks.size() === maxNetworks) {
      log.warn('ip_intel.too_large', { path, firstUnread: line, maxNetworks, maxOwners });
      break;
    }
    networks.add(entry.network, owner);
  }
  if (badLines > 0) log.warn('ip_intel.bad_lines', { path, count: badLines });
  log.info('ip_intel.loaded', { path, networks: networks.size(), owners: owners.size() });
  return networks.build();
}

import { open } from 'node:fs/promises';
import { type Logger } from '@calseta/platform';
import { createIpTable, type IpTable } from '../tables/ip-table.js';
import { type IpFacts, type IpIntelEntry, parseIpIntelLine } from './parse-ip-intel.js';

export const MAX_IP_INTEL_NETWORKS = 1_000_000;
export const MAX_IP_INTEL_BYTES = 256 * 1024 * 1024;

/** Reads the file line by line, so that a long one fills no memory and blocks no other work. */
export async function loadNetworks(
  path: string,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<IpTable<IpFacts>> {
  const entries: IpIntelEntry[] = [];
  let badLines = 0;
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > MAX_IP_INTEL_BYTES) throw new Error(`${path} exceeds ${MAX_IP_INTEL_BYTES} bytes.`);
  for await (const line of file.readLines()) {
    const entry = parseIpIntelLine(line);
    if (entry === 'bad') badLines++;
    else if (entry !== 'nothing') entries.push(entry);
    if (entries.length >= MAX_IP_INTEL_NETWORKS) {
      log.warn('ip_intel.too_many_networks', { path, max: MAX_IP_INTEL_NETWORKS });
      break;
    }
  }
  if (badLines > 0) log.warn('ip_intel.bad_lines', { path, count: badLines });
  log.info('ip_intel.loaded', { path, networks: entries.length });
  return createIpTable(entries);
}

import { readFile, stat } from 'node:fs/promises';
import { type Logger } from '@calseta/platform';
import { type IpTable } from '../../domain/ip-table.js';
import { type IpFacts, MAX_IP_INTEL_BYTES, parseIpIntel } from '../../domain/parse-ip-intel.js';
import { type Provider } from '../../provider.js';
import { createReloading, type Reloading } from '../../reloading.js';

const CHECK_INTERVAL_MS = 10_000;

export type IpIntelDeps = { ipIntelFile?: string; log: Pick<Logger, 'info' | 'warn'> };

/** What an address is, and, when a file says so, whose network it belongs to. Never an opinion. */
export function createIpIntel({ ipIntelFile, log }: IpIntelDeps): Provider {
  const networks = ipIntelFile === undefined ? undefined : readNetworks(ipIntelFile, log);
  return {
    name: 'ip_intel',
    reach: 'local',
    supports: (type) => type === 'ip',
    async lookup({ value, classification }) {
      const table = await networks?.get();
      return {
        kind: 'found',
        extracted: {
          address_class: classification,
          ip_version: value.includes(':') ? 6 : 4,
          ...table?.find(value)?.value,
        },
        malice: 'Pending',
      };
    },
  };
}

function readNetworks(path: string, log: IpIntelDeps['log']): Reloading<IpTable<IpFacts>> {
  return createReloading({
    async fingerprint() {
      const { size, mtimeMs } = await stat(path);
      return `${size} ${mtimeMs}`;
    },
    async load() {
      const { size } = await stat(path);
      if (size > MAX_IP_INTEL_BYTES)
        throw new Error(`${path} exceeds ${MAX_IP_INTEL_BYTES} bytes.`);
      const { table, badLines } = parseIpIntel(await readFile(path, 'utf8'));
      if (badLines > 0) log.warn('ip_intel.bad_lines', { path, count: badLines });
      log.info('ip_intel.loaded', { path, networks: table.size });
      return table;
    },
    checkIntervalMs: CHECK_INTERVAL_MS,
    onError: (error) => log.warn('ip_intel.unreadable', { path, error }),
  });
}

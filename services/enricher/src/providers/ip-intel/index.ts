import { stat } from 'node:fs/promises';
import { createReloading, type Reloading } from '@calseta/async';
import { type Logger } from '@calseta/platform';
import { type IpTable } from '../tables/ip-table.js';
import { type IpFacts } from './parse-ip-intel.js';
import { type Provider } from '../../domain/provider.js';
import { loadNetworks } from './load-networks.js';

const CHECK_INTERVAL_MS = 10_000;

export type IpIntelDeps = { ipIntelFile?: string; log: Pick<Logger, 'info' | 'warn'> };

/** The class of an address, and the owner of its network when the file has it. Gives no verdict. */
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
    load: async () => await loadNetworks(path, log),
    checkIntervalMs: CHECK_INTERVAL_MS,
    onError: (error) => log.warn('ip_intel.unreadable', { path, error }),
  });
}

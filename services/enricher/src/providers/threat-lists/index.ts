import { fileURLToPath } from 'node:url';
import { createReloading } from '@calseta/async';
import { type Logger } from '@calseta/platform';
import { joinIndexes, type ListMatch, type ThreatListIndex } from './threat-list-index.js';
import { type Provider, type ProviderAnswer } from '../../domain/provider.js';
import { fingerprintLists, loadLists } from './load-lists.js';
import { type StoredLists } from './stored-lists.js';

export const THREAT_LISTS = 'threat_lists';

/** Entries that hold everywhere: test files, well-known resolvers. */
const BUNDLED_DIR = fileURLToPath(new URL('../../../lists', import.meta.url));

const CHECK_INTERVAL_MS = 2_000;

export type ThreatListsDeps = {
  threatListsDir?: string;
  /** Those of the API. */
  storedLists: Pick<StoredLists, 'index'>;
  log: Pick<Logger, 'info' | 'warn'>;
};

export type ThreatLists = {
  provider: Provider;
  /** All lists as one, as they are now. */
  index(): Promise<ThreatListIndex>;
};

/** Allow and deny lists of files and of the API; a change counts within seconds. */
export function createThreatLists({
  threatListsDir,
  storedLists,
  log,
}: ThreatListsDeps): ThreatLists {
  const directories = [BUNDLED_DIR, ...(threatListsDir === undefined ? [] : [threatListsDir])];
  const lists = createReloading<ThreatListIndex>({
    fingerprint: async () => await fingerprintLists(directories),
    load: async () => await loadLists(directories, log),
    checkIntervalMs: CHECK_INTERVAL_MS,
    onError: (error) => log.warn('threat_lists.unreadable', { error }),
  });
  const index = async () => joinIndexes([await lists.get(), storedLists.index()]);
  return {
    index,
    provider: {
      name: THREAT_LISTS,
      reach: 'local',
      supports: () => true,
      lookup: async ({ type, value }) => toAnswer((await index()).find(type, value)),
    },
  };
}

function toAnswer(matches: readonly ListMatch[]): ProviderAnswer {
  const [decisive] = matches;
  if (!decisive) return { kind: 'not_found' };
  return {
    kind: 'found',
    extracted: { listed_as: decisive.verdict, matches: matches.slice(0, MAX_MATCHES) },
    malice: decisive.verdict === 'deny' ? 'Malicious' : 'Benign',
  };
}

const MAX_MATCHES = 10;

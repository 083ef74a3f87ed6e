import {
  type Database,
  loadThreatListEntries,
  loadThreatListVersions,
  type ThreatListVersion,
} from '@calseta/database';
import { type ListEntry } from '@calseta/indicators';
import { joinIndexes, type ThreatListIndex, indexThreatLists } from './threat-list-index.js';

export type StoredLists = {
  /** The index of the lists of the API as they were loaded last. */
  index(): ThreatListIndex;
  /** Reads the lists that have changed. */
  load(): Promise<void>;
  /** Differs when the lists do: answers that were given before do not count any more. */
  fingerprint(): number;
};

type Loaded = { list: ThreatListVersion; index: ThreatListIndex };

/** Threat lists of the API, of which only changed ones are read again. */
export function createStoredLists(database: Pick<Database, 'prisma'>): StoredLists {
  let loaded = new Map<string, Loaded>();
  let joined = joinIndexes([]);
  let fingerprint = 0;
  return {
    index: () => joined,
    fingerprint: () => fingerprint,
    async load() {
      const lists = await loadThreatListVersions(database);
      const next = new Map<string, Loaded>();
      for (const list of lists) {
        const known = loaded.get(list.id);
        const index =
          known?.list.version === list.version ? known.index : await readIndex(database, list);
        next.set(list.id, { list, index });
      }
      loaded = next;
      joined = joinIndexes([...next.values()].map(({ index }) => index));
      fingerprint = hash(lists.map(({ id, version }) => `${id} ${version}`).join('\n'));
    },
  };
}

async function readIndex(
  database: Pick<Database, 'prisma'>,
  { id, name, verdict }: ThreatListVersion,
): Promise<ThreatListIndex> {
  const entries = (await loadThreatListEntries(database, id)) as ListEntry[];
  return indexThreatLists([{ name, verdict, entries }]);
}

/** FNV-1a, below 2^30, so that a version can be added to it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value & 0x3fffffff;
}

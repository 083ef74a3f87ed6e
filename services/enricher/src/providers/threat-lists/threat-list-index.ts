import { type ListEntry, type ListEntryType, parseNetwork } from '@calseta/indicators';
import { createIpTable, type IpTable } from '../tables/ip-table.js';

export type ListVerdict = 'allow' | 'deny';

export type ThreatList = { name: string; verdict: ListVerdict; entries: readonly ListEntry[] };

export type ListMatch = {
  list: string;
  verdict: ListVerdict;
  /** The entry that matched, as in the list. */
  entry: string;
  reason?: string;
};

export type ThreatListIndex = {
  size: number;
  /** Whether any entry is a vulnerability. */
  hasCves: boolean;
  /** The most specific match of every list: allow lists first, then the more specific. */
  find(type: ListEntryType, value: string): ListMatch[];
  /** The same without their order. */
  search(type: ListEntryType, value: string): Found[];
};

type Found = { match: ListMatch; specificity: number };

/** Exact values are more specific than any network or parent domain. */
const EXACT = 1_000;

/** Indexes canonical entries; `ip` entries may be networks, `domain` entries include subdomains. */
export function indexThreatLists(lists: readonly ThreatList[]): ThreatListIndex {
  const indexed = lists.map(indexList);
  return toIndex(
    lists.reduce((sum, { entries }) => sum + entries.length, 0),
    lists.some(({ entries }) => entries.some(({ type }) => type === 'cve')),
    (type, value) => indexed.flatMap((find) => find(type, value) ?? []),
  );
}

/** Looks into several indexes as into one. */
export const joinIndexes = (indexes: readonly ThreatListIndex[]): ThreatListIndex =>
  toIndex(
    indexes.reduce((sum, { size }) => sum + size, 0),
    indexes.some(({ hasCves }) => hasCves),
    (type, value) => indexes.flatMap(({ search }) => search(type, value)),
  );

const toIndex = (
  size: number,
  hasCves: boolean,
  search: ThreatListIndex['search'],
): ThreatListIndex => ({
  size,
  hasCves,
  search,
  find: (type, value) =>
    search(type, value)
      .sort((a, b) => byVerdict(a.match) - byVerdict(b.match) || b.specificity - a.specificity)
      .map(({ match }) => match),
});

const byVerdict = ({ verdict }: ListMatch): number => (verdict === 'allow' ? 0 : 1);

function indexList(list: ThreatList): (type: ListEntryType, value: string) => Found | undefined {
  const exact = new Map(list.entries.map((entry) => [`${entry.type} ${entry.value}`, entry]));
  const networks = createIpTable(
    list.entries.flatMap((entry) => {
      const isNetwork = entry.type === 'ip' && entry.value.includes('/');
      const network = isNetwork ? parseNetwork(entry.value) : undefined;
      return network ? [{ network, value: entry }] : [];
    }),
  );
  const toFound = (entry: ListEntry, specificity: number): Found => ({
    match: {
      list: list.name,
      verdict: list.verdict,
      entry: entry.value,
      ...(entry.reason !== undefined && { reason: entry.reason }),
    },
    specificity,
  });
  const ofHost = (host: string): Found | undefined => {
    const entry = exact.get(`ip ${host}`);
    if (entry) return toFound(entry, EXACT);
    return findNetwork(networks, host, toFound) ?? findDomain(exact, host, toFound);
  };

  return (type, value) => {
    const entry = exact.get(`${type} ${value}`);
    if (entry) return toFound(entry, EXACT);
    if (type === 'ip') return findNetwork(networks, value, toFound);
    if (type === 'domain') return findDomain(exact, value, toFound);
    // A denied host makes its URLs and addresses malicious. An allowed one (a file share, a mail provider) proves
    // nothing.
    if (list.verdict === 'allow') return undefined;
    if (type === 'url') return ofHost(hostOfUrl(value));
    if (type === 'email') return ofHost(value.slice(value.lastIndexOf('@') + 1));
    return undefined;
  };
}

type ToFound = (entry: ListEntry, specificity: number) => Found;

function findNetwork(
  networks: IpTable<ListEntry>,
  ip: string,
  toFound: ToFound,
): Found | undefined {
  const hit = networks.find(ip);
  return hit && toFound(hit.value, hit.prefixLength);
}

function findDomain(
  exact: Map<string, ListEntry>,
  domain: string,
  toFound: ToFound,
): Found | undefined {
  const labels = domain.split('.');
  for (let from = 0; from < labels.length; from++) {
    const entry = exact.get(`domain ${labels.slice(from).join('.')}`);
    if (entry) return toFound(entry, from === 0 ? EXACT : labels.length - from);
  }
  return undefined;
}

function hostOfUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

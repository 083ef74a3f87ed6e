import { type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { createBulkhead, createSingleFlight, withDeadline } from '@calseta/async';
import { isTransient } from '@calseta/common';
import { LRUCache } from 'lru-cache';
import { askDns, TIMED_OUT } from './ask-dns.js';
import { type Hosts, parseHosts } from './hosts-file.js';
import { NameError } from './name-error.js';
import { type DnsAnswer } from './query-addresses.js';
import { createReloadedFile } from './reloaded-file.js';
import { RESOLVER_LIMITS, type ResolverLimits } from './resolver-limits.js';
import { NO_SEARCH_LIST, parseSearchList } from './search-list.js';

export type NameResolver = {
  /** Rejects with a `NameError` when the name has no address, or no answer came in time. */
  resolve(hostname: string): Promise<LookupAddress[]>;
  /** Cancels pending queries, so that they do not delay the end of the process. */
  close(): void;
};

/**
 * Results of a DNS lookup; cached names and names in the hosts file cause none. `refused`: too many lookups at once.
 */
export const LOOKUP_OUTCOMES = ['found', 'not_found', 'failed', 'refused'] as const;
export type LookupOutcome = (typeof LOOKUP_OUTCOMES)[number];

export type NameResolverOptions = {
  /** DNS servers as `address` or `address:port`; the system's servers when unset. */
  servers?: readonly string[];
  onLookup?: (outcome: LookupOutcome) => void;
  limits?: Partial<ResolverLimits>;
  hostsPath?: string;
  resolvConfPath?: string;
};

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Resolves names by the hosts file, then by DNS with the search list, as the system does, but without the system's few
 * threads: a name whose server does not answer delays no other name.
 */
export function createNameResolver(options: NameResolverOptions = {}): NameResolver {
  const { servers = [], onLookup = () => undefined } = options;
  const limits = { ...RESOLVER_LIMITS, ...options.limits };
  const { reloadMs } = limits;
  const readHosts = createReloadedFile<Hosts>({
    path: options.hostsPath ?? '/etc/hosts',
    parse: parseHosts,
    absent: new Map(),
    reloadMs,
  });
  const readSearchList = createReloadedFile({
    path: options.resolvConfPath ?? '/etc/resolv.conf',
    parse: parseSearchList,
    absent: NO_SEARCH_LIST,
    reloadMs,
  });
  const known = new LRUCache<string, { answer: DnsAnswer; until: number }>({
    max: limits.maxNames,
  });
  const flights = createSingleFlight<string, DnsAnswer>();
  const inPlace = createPlaces(limits);
  const asking = new Set<AbortController>();

  async function lookUp(name: string): Promise<DnsAnswer> {
    const searchList = await readSearchList();
    const aborting = new AbortController();
    asking.add(aborting);
    const question = { name, searchList, servers, signal: aborting.signal };
    const isSuspect = known.peek(name)?.answer.kind === 'failed';
    try {
      const asked = inPlace(isSuspect, async () => await askDns(question));
      const answer = await withDeadline(asked, limits.lookupTimeoutMs, () => TIMED_OUT);
      known.set(name, { answer, until: performance.now() + keptMs(answer, limits) });
      onLookup(answer.kind === 'none' ? 'not_found' : answer.kind);
      return answer;
    } catch (error) {
      if (!isTransient(error)) throw error;
      onLookup('refused');
      return { kind: 'failed', code: 'EBUSY' };
    } finally {
      aborting.abort();
      asking.delete(aborting);
    }
  }

  const stillKnown = (name: string): DnsAnswer | undefined => {
    const entry = known.get(name);
    return entry && entry.until > performance.now() ? entry.answer : undefined;
  };

  return {
    async resolve(hostname) {
      const name = hostname.toLowerCase();
      const bare = name.replace(/\.$/, '');
      const family = isIP(bare);
      if (family !== 0) return [{ address: bare, family }];
      const listed = (await readHosts()).get(bare);
      if (listed) return [...listed];
      // RFC 6761 §6.3: never sent to DNS.
      if (bare === 'localhost' || bare.endsWith('.localhost')) return [...LOOPBACK];
      const answer = stillKnown(name) ?? (await flights.run(name, async () => await lookUp(name)));
      return addressesOf(answer, bare);
    },
    close() {
      for (const aborting of asking) aborting.abort();
    },
  };
}

/** Limits concurrent lookups; names that failed the last time get fewer places. */
function createPlaces({ maxLookups, maxSuspectLookups, maxNames }: ResolverLimits) {
  const all = createBulkhead({ maxRunning: maxLookups, maxWaiting: maxNames });
  const suspects = createBulkhead({ maxRunning: maxSuspectLookups, maxWaiting: maxNames });
  return async <T>(isSuspect: boolean, work: () => Promise<T>): Promise<T> =>
    isSuspect ? await suspects.run(async () => await all.run(work)) : await all.run(work);
}

const keptMs = (answer: DnsAnswer, { maxKnownMs, unknownMs }: ResolverLimits): number =>
  answer.kind === 'found' ? Math.min(answer.ttlMs, maxKnownMs) : unknownMs;

function addressesOf(answer: DnsAnswer, name: string): LookupAddress[] {
  switch (answer.kind) {
    case 'found':
      return [...answer.addresses];
    case 'none':
      throw new NameError('ENOTFOUND', `The name ${name} has no address.`);
    case 'failed':
      throw new NameError('EAI_AGAIN', `DNS does not tell what ${name} is (${answer.code}).`);
  }
}

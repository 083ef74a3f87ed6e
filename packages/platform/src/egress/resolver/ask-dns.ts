import { Resolver } from 'node:dns/promises';
import { type DnsAnswer, queryAddresses } from './query-addresses.js';
import { candidatesOf, type SearchList } from './search-list.js';

/** Time that c-ares gives each server for the first try; later tries get more. */
const TRY_TIMEOUT_MS = 1_500;
const TRIES = 3;

export const TIMED_OUT: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };

export type DnsQuestion = {
  name: string;
  searchList: SearchList;
  /** As `address` or `address:port`; the system's servers when empty. */
  servers: readonly string[];
  /** Aborted when no caller waits for the answer. */
  signal: AbortSignal;
};

/** Queries DNS for one candidate after the other; settles soon after the signal aborts. */
export async function askDns({ name, searchList, servers, signal }: DnsQuestion) {
  const isAborted = (): boolean => signal.aborted;
  if (isAborted()) return TIMED_OUT;
  // One per query: it reads the current resolv.conf, and can be cancelled alone.
  const resolver = new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    let failure: DnsAnswer | undefined;
    for (const candidate of candidatesOf(name, searchList)) {
      const answer = await queryAddresses(resolver, candidate);
      if (answer.kind === 'found') return answer;
      if (isAborted()) return TIMED_OUT;
      if (answer.kind !== 'failed') continue;
      // A server that refuses one domain may answer for the next; a silent server is silent for all of them.
      failure = answer;
      if (answer.code === 'ETIMEOUT') break;
    }
    return failure ?? ({ kind: 'none' } satisfies DnsAnswer);
  } finally {
    signal.removeEventListener('abort', cancel);
    resolver.cancel();
  }
}

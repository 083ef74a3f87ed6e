import { Resolver } from 'node:dns/promises';
import { type DnsAnswer, queryAddresses } from './query-addresses.js';
import { candidatesOf, type SearchList } from './search-list.js';

/** c-ares gives each server this long for the first try, and longer for the next ones. */
const TRY_TIMEOUT_MS = 1_500;
const TRIES = 3;

export const TIMED_OUT: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };

export type DnsQuestion = {
  name: string;
  searchList: SearchList;
  /** As `address` or `address:port`; those of the system when there are none. */
  servers: readonly string[];
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
};

/** Asks DNS for one candidate after the other, and settles soon after the signal aborts. */
export async function askDns({ name, searchList, servers, signal }: DnsQuestion) {
  const isAborted = (): boolean => signal.aborted;
  if (isAborted()) return TIMED_OUT;
  // One for each question: it reads resolv.conf as it is now, and is cancelled alone.
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
      // A server that refuses one domain may know the next; one that is silent is silent about all of them.
      failure = answer;
      if (answer.code === 'ETIMEOUT') break;
    }
    return failure ?? ({ kind: 'none' } satisfies DnsAnswer);
  } finally {
    signal.removeEventListener('abort', cancel);
    resolver.cancel();
  }
}

import { type LookupAddress, type RecordWithTtl } from 'node:dns';
import { type Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What DNS says about a full name. */
export type DnsAnswer =
  | { kind: 'found'; addresses: LookupAddress[]; ttlMs: number }
  /** There is no such name, or it has no address. */
  | { kind: 'none' }
  /** It is not known: no server answered, or none that would. */
  | { kind: 'failed'; code: string };

/** How long the addresses of one family wait for those of the other (RFC 8305 §3 has 50 ms; DNS far away has more). */
const OTHER_FAMILY_MS = 250;
/** Addresses of one family that are used of an answer. */
export const MAX_ADDRESSES = 32;
/** Codes of c-ares that say that there is nothing to be found. */
const NOTHING = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Asks for the IPv4 and the IPv6 addresses of a full name at once; IPv4 comes first. */
export async function queryAddresses(
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'>,
  name: string,
): Promise<DnsAnswer> {
  const families = [
    read(resolver.resolve4(name, { ttl: true }), 4),
    read(resolver.resolve6(name, { ttl: true }), 6),
  ] as const;
  const both = Promise.all(families);
  const first = await Promise.race(families);
  if (first.kind !== 'found') return merge(await both);
  const late = new AbortController();
  const patience = delay(OTHER_FAMILY_MS, [first], { signal: late.signal }).catch(() => [first]);
  const answers = await Promise.race([both, patience]);
  late.abort();
  return merge(answers);
}

async function read(query: Promise<RecordWithTtl[]>, family: 4 | 6): Promise<DnsAnswer> {
  try {
    const records = (await query).slice(0, MAX_ADDRESSES);
    if (records.length === 0) return { kind: 'none' };
    return {
      kind: 'found',
      addresses: records.map(({ address }) => ({ address, family })),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
    };
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException;
    return NOTHING.has(code) ? { kind: 'none' } : { kind: 'failed', code };
  }
}

/** Found in any family is found; nothing is nothing when both say so. */
function merge(answers: readonly DnsAnswer[]): DnsAnswer {
  const found = answers.filter((answer) => answer.kind === 'found');
  if (found.length > 0) {
    return {
      kind: 'found',
      addresses: found.flatMap(({ addresses }) => addresses),
      ttlMs: Math.min(...found.map(({ ttlMs }) => ttlMs)),
    };
  }
  return answers.find((answer) => answer.kind === 'failed') ?? { kind: 'none' };
}

import { type LookupAddress, type RecordWithTtl } from 'node:dns';
import { type Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** DNS answer for a full name. */
export type DnsAnswer =
  | { kind: 'found'; addresses: LookupAddress[]; ttlMs: number }
  /** The name does not exist, or has no address. */
  | { kind: 'none' }
  /** Unknown: no server gave an answer. */
  | { kind: 'failed'; code: string };

/**
 * How long the addresses of one family wait for the other family (RFC 8305 §3 suggests 50 ms; distant DNS servers need
 * more).
 */
const OTHER_FAMILY_MS = 250;
/** Maximum number of addresses used per family. */
export const MAX_ADDRESSES = 32;
/** Codes of c-ares for names without an address. */
const NOTHING = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Queries the IPv4 and IPv6 addresses of a full name at the same time; IPv4 comes first. */
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

/** Found when either family has addresses; not found only when both say so. */
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

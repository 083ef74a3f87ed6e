import { type DnsReply, type DnsServer } from '@calseta/testing';

/** Names below one domain; a name that was not set does not exist. */
export type Zone = {
  nameOf: (label: string) => string;
  /** A function receives how often the same question was asked before. Answers have a TTL of 0. */
  set: (label: string, reply: DnsReply | ((index: number) => DnsReply)) => void;
  isAskedFor: (label: string) => boolean;
};

const DOMAIN = 'attack.test';

export function createZone({ respondWith, questions }: DnsServer): Zone {
  const replies = new Map<string, (index: number) => DnsReply>();
  const nameOf = (label: string): string => `${label}.${DOMAIN}`;
  respondWith(({ name }, index) => {
    const reply = replies.get(name.toLowerCase());
    return reply ? { ttlSeconds: 0, ...reply(index) } : { failure: 'NXDOMAIN' };
  });
  return {
    nameOf,
    set: (label, reply) =>
      void replies.set(nameOf(label), typeof reply === 'function' ? reply : () => reply),
    isAskedFor: (label) => questions.some(({ name }) => name.toLowerCase() === nameOf(label)),
  };
}

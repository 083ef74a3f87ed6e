import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from 'dns-packet';

export type DnsQuestion = { name: string; type: string };

/** A reply; none is sent when `isSilent`. */
export type DnsReply = {
  /** IPv4 and IPv6 addresses; the reply has those of the requested type. */
  addresses?: readonly string[];
  /** Aliases: the name of each record and its target. */
  aliases?: readonly (readonly [name: string, target: string])[];
  ttlSeconds?: number;
  failure?: 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  delayMs?: number;
  isSilent?: boolean;
};

export type DnsServer = AsyncDisposable & {
  /** `127.0.0.1:<port>` */
  address: string;
  questions: DnsQuestion[];
  /** Sets the reply from now on; a function gets the question and how many equal ones came before. */
  respondWith: (reply: (question: DnsQuestion, index: number) => DnsReply) => void;
};

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

/** A DNS server over UDP on loopback that records questions and gives scripted replies; NXDOMAIN by default. */
export async function startDnsServer(): Promise<DnsServer> {
  const questions: DnsQuestion[] = [];
  const stopping = new AbortController();
  let replyTo: (question: DnsQuestion, index: number) => DnsReply = () => ({ failure: 'NXDOMAIN' });
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id, questions: [question] = [] } = decode(message);
    if (!question) return;
    const { name, type } = question;
    const isSame = (other: DnsQuestion) => other.name === name && other.type === type;
    const index = questions.filter(isSame).length;
    questions.push({ name, type });
    const reply = replyTo({ name, type }, index);
    if (reply.isSilent) return;
    const bytes = encode({
      type: 'response',
      id: id ?? 0,
      flags:
        AUTHORITATIVE_ANSWER |
        RECURSION_DESIRED |
        RECURSION_AVAILABLE |
        (reply.failure === undefined ? 0 : RCODES[reply.failure]),
      questions: [question],
      answers: answersOf({ name, type }, reply),
    });
    void delay(reply.delayMs ?? 0, undefined, { signal: stopping.signal, ref: false }).then(
      () => socket.send(bytes, port, address),
      () => undefined,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    respondWith: (reply) => (replyTo = reply),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await close(socket);
    },
  };
}

function answersOf({ name, type }: DnsQuestion, reply: DnsReply): Answer[] {
  const { addresses = [], aliases = [], ttlSeconds: ttl = 60 } = reply;
  const owner = aliases.at(-1)?.[1] ?? name;
  const isAskedFor = (address: string) => (type === 'AAAA') === address.includes(':');
  return [
    ...aliases.map(([from, data]) => ({ type: 'CNAME' as const, name: from, data, ttl })),
    ...addresses
      .filter(isAskedFor)
      .map((data) => ({ type: type === 'AAAA' ? 'AAAA' : 'A', name: owner, data, ttl }) as const),
  ];
}

const close = async (socket: Socket): Promise<void> =>
  await new Promise((resolve) => socket.close(() => resolve()));

import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';

/** What a name resolves to; `silent` answers nothing, as a server that is down. */
export type Resolution = 'silent' | { addresses?: readonly string[]; cname?: string };

export type DnsServer = AsyncDisposable & {
  /** `127.0.0.1:5300` */
  address: string;
  /** Sets what a name resolves to; a function is told how often it was asked before. */
  resolve: (name: string, resolution: Resolution | ((asked: number) => Resolution)) => void;
  /** How often a name was asked for, of either family. */
  askedFor: (name: string) => number;
};

const HOST = '127.0.0.1';
const NAME_ERROR = 3;

/** A name server on loopback (RFC 1035, UDP) whose names may change their mind; it lets nobody keep an answer. */
export async function startDnsServer(): Promise<DnsServer> {
  const zone = new Map<string, (asked: number) => Resolution>();
  const asked = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id = 0, flags = 0, questions = [] } = decode(message);
    const [question] = questions;
    if (!question) return;
    const name = question.name.toLowerCase();
    const times = asked.get(name) ?? 0;
    asked.set(name, times + 1);
    const resolution = zone.get(name)?.(times);
    if (resolution === 'silent') return;
    const answers = resolution ? answersTo(question, resolution) : [];
    const code = resolution ? 0 : NAME_ERROR;
    socket.send(
      encode({ type: 'response', id, flags: flags | code, questions, answers }),
      port,
      address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return {
    address: `${HOST}:${socket.address().port}`,
    resolve: (name, resolution) =>
      void zone.set(name, typeof resolution === 'function' ? resolution : () => resolution),
    askedFor: (name) => asked.get(name) ?? 0,
    [Symbol.asyncDispose]: async () =>
      await new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

function answersTo(
  { type, name }: { type: string; name: string },
  { addresses = [], cname }: Exclude<Resolution, 'silent'>,
): Answer[] {
  const owner = cname ?? name;
  const aliases: Answer[] =
    cname === undefined ? [] : [{ type: 'CNAME', name, ttl: 0, data: cname }];
  const records = addresses.flatMap((data): Answer[] => {
    const family = isIPv4(data) ? 'A' : 'AAAA';
    return family === type ? [{ type: family, name: owner, ttl: 0, data }] : [];
  });
  return [...aliases, ...records];
}

import { gzipSync } from 'node:zlib';
import { none } from '../../report/goals.js';
import { type Door, type Size } from '../door.js';
import { type ClientAnswer, createClient } from '../wire/create-client.js';

const MIB = 2 ** 20;
const SIZES: Record<Size, { inflatedMib: number; rounds: number; concurrency: number }> = {
  full: { inflatedMib: 1_000, rounds: 8, concurrency: 8 },
  short: { inflatedMib: 100, rounds: 1, concurrency: 4 },
};
const FROM = '127.66.7.1';
const SLOW_MS = 30_000;
const PATHS = ['/v1/ingest/generic', '/v1/ingest/splunk', '/v1/agents', '/v1/sources/test'];
const REFUSALS = new Set([400, 413, 415, 422, 429, 503]);

type Bomb = { name: string; body: Buffer | string; encoding?: string };

export const bombs: Door = {
  name: 'bombs',
  summary: 'Small bodies that become large: gzip, gzip in gzip, members in a row, and nested JSON',
  async attack({ target, size }) {
    const { inflatedMib, rounds, concurrency } = SIZES[size];
    await using client = createClient(target.apiUrl, FROM);
    const odd: string[] = [];
    const slow: string[] = [];
    const throwOne = async (bomb: Bomb, path: string): Promise<void> => {
      const what = `${bomb.name} to ${path}`;
      const answer = await client
        .call({
          method: 'POST',
          path,
          key: target.apiKey,
          body: bomb.body,
          headers: bomb.encoding === undefined ? {} : { 'content-encoding': bomb.encoding },
        })
        .catch((error: unknown) => (isCut(error) ? undefined : String(error)));
      if (answer === undefined) return;
      if (typeof answer === 'string') odd.push(`${what}: ${answer}`);
      else if (!isRefused(answer)) odd.push(`${what}: ${answer.status}`);
      else if (answer.durationMs > SLOW_MS) slow.push(what);
    };
    const throws = Array.from({ length: rounds }, () => makeBombs(inflatedMib)).flatMap((made) =>
      made.flatMap((bomb) => PATHS.map((path) => ({ bomb, path }))),
    );
    const work = async (): Promise<void> => {
      for (let next = throws.pop(); next; next = throws.pop()) await throwOne(next.bomb, next.path);
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return {
      goals: [
        none('bombs that are answered by anything but a refusal', odd.length, odd),
        none(`bombs that are refused after more than ${SLOW_MS / 1_000} s`, slow.length, slow),
      ],
    };
  },
};

/** A batch is answered with 202 and the result of each entry; no entry of a bomb may be stored. */
const isRefused = ({ status, text }: ClientAnswer): boolean =>
  REFUSALS.has(status) || (status === 202 && !text.includes('alert_uuid'));

/** Closing the connection over a body counts as a refusal too. */
const isCut = (error: unknown): boolean =>
  error instanceof Error &&
  /other side closed|ECONNRESET|EPIPE/.test(
    `${error.message} ${String(Reflect.get(error, 'code'))}`,
  );

function makeBombs(inflatedMib: number): Bomb[] {
  const zeros = gzipSync(Buffer.alloc(10 * MIB));
  const members = Buffer.concat(Array.from({ length: inflatedMib / 10 }, () => zeros));
  const blanks = gzipSync(Buffer.alloc(100 * MIB, ' '));
  const nested = gzipSync(members);
  const deep = (open: string, close: string, levels: number) =>
    open.repeat(levels) + close.repeat(levels);
  const gzip = (name: string, body: Buffer): Bomb => ({ name, body, encoding: 'gzip' });
  return [
    gzip('members of zeros', members),
    gzip('100 MiB of blanks', blanks),
    gzip('a title of 100 MiB', gzipSync(`{"title":"${'t'.repeat(100 * MIB)}"}`)),
    gzip('gzip in gzip', nested),
    { name: 'gzip, gzip', body: nested, encoding: 'gzip, gzip' },
    { name: 'deflate', body: members, encoding: 'deflate' },
    gzip('a cut stream', blanks.subarray(0, blanks.length - 9)),
    gzip('no gzip at all', Buffer.from('{"title":"plain"}')),
    gzip('brackets', gzipSync(deep('[', ']', 20_000_000))),
    { name: 'deep lists', body: deep('[', ']', 200_000) },
    { name: 'deep objects', body: deep('{"a":', '}', 100_000).replace(':}', ':1}') },
  ]; // prettier-ignore
}

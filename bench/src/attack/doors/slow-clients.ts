import { setTimeout as delay } from 'node:timers/promises';
import { all, none } from '../../report/goals.js';
import { type Door, type Size } from '../door.js';
import { createClient } from '../wire/create-client.js';
import { openRaw, type RawConnection } from '../wire/raw-connection.js';

type Crowd = { dripping: number; idle: number; patienceMs: number };

/** The short size does not wait for the time limits, only for honest clients to be served meanwhile. */
const CROWDS: Record<Size, Crowd> = {
  full: { dripping: 300, idle: 2_000, patienceMs: 75_000 },
  short: { dripping: 100, idle: 300, patienceMs: 3_000 },
};
const DRIP_MS = 500;
const FROM = '127.66.6.1';
const HONEST = '127.66.6.2';

/** Requests that never end: in headers, in a body of known length, in a chunked body. */
const ENDLESS = [
  { name: 'headers', start: 'POST /v1/ingest/generic HTTP/1.1\r\nHost: slow\r\n', drip: 'X-Drip: 1\r\n' },
  {
    name: 'a body',
    start: 'POST /v1/ingest/generic HTTP/1.1\r\nHost: slow\r\nAuthorization: Bearer <key>\r\nContent-Length: 1000000\r\n\r\n{"title":"',
    drip: 'x',
  },
  {
    name: 'chunks',
    start: 'POST /v1/agents HTTP/1.1\r\nHost: slow\r\nAuthorization: Bearer <key>\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    drip: '1\r\nx\r\n',
  },
]; // prettier-ignore

export const slowClients: Door = {
  name: 'slow-clients',
  summary: 'Headers, bodies and chunks drip and never end, among many idle connections',
  async attack({ target, size }) {
    const { apiUrl, apiKey } = target;
    const { dripping, idle, patienceMs } = CROWDS[size];
    const open = async (start: string): Promise<RawConnection | undefined> => {
      const connection = await openRaw(apiUrl, { from: FROM }).catch(() => undefined);
      connection?.write(start.replace('<key>', apiKey));
      return connection;
    };
    const crowd = await openAll(Array.from({ length: idle }, () => () => open('')));
    const slow = await openAll(
      Array.from({ length: dripping }, (_, index) => () => open(kindOf(index).start)),
    );
    await using honest = createClient(apiUrl, HONEST);
    const deadline = performance.now() + patienceMs;
    const refused: string[] = [];
    let served = 0;
    while (performance.now() < deadline && (size === 'short' || slow.some(isOpen))) {
      for (const [index, connection] of slow.entries()) connection.write(kindOf(index).drip);
      const body = { title: 'Beside slow clients' };
      const call = { method: 'POST', path: '/v1/ingest/generic', key: apiKey, body };
      const answer = await honest.call(call).catch(() => undefined);
      if (answer?.status === 202) served += 1;
      else refused.push(String(answer?.status ?? 'no answer'));
      await delay(DRIP_MS);
    }
    const left = slow.filter(isOpen);
    for (const connection of [...crowd, ...slow]) connection.close();
    return {
      goals: [
        all('connections that were accepted', crowd.length + slow.length, idle + dripping),
        none('honest requests that were not served meanwhile', refused.length, refused),
        ...(size === 'full'
          ? [none(`dripping connections still open after ${patienceMs / 1_000} s`, left.length)]
          : []),
      ],
      notes: [`${served} honest requests were served.`],
    };
  },
};

const isOpen = (connection: RawConnection): boolean => !connection.isEnded();
const kindOf = (index: number) => ENDLESS[index % ENDLESS.length] ?? { start: '', drip: '' };

const openAll = async (
  openers: readonly (() => Promise<RawConnection | undefined>)[],
): Promise<RawConnection[]> =>
  (await Promise.all(openers.map(async (open) => await open()))).filter((one) => one !== undefined);

import { setTimeout as delay } from 'node:timers/promises';
import { none } from '../../report/goals.js';
import { type Door, type Size } from '../door.js';
import { openRaw, type RawConnection } from '../wire/raw-connection.js';

/** So many connections with so many requests each, held for a time and then reset; repeated in rounds. */
type Wave = { connections: number; requests: number; rounds: number; holdMs: number };

const WAVES: Record<Size, readonly Wave[]> = {
  full: [
    { connections: 1, requests: 700, rounds: 5, holdMs: 2_000 },
    { connections: 20, requests: 400, rounds: 2, holdMs: 5_000 },
    { connections: 200, requests: 100, rounds: 2, holdMs: 5_000 },
  ],
  short: [
    { connections: 1, requests: 700, rounds: 2, holdMs: 500 },
    { connections: 20, requests: 400, rounds: 1, holdMs: 1_000 },
    { connections: 200, requests: 100, rounds: 1, holdMs: 1_000 },
  ],
};
/** The largest answers that need no key. */
const PATHS: Record<Size, readonly string[]> = {
  full: ['/openapi.json', '/docs', '/llms.txt'],
  short: ['/openapi.json'],
};
const FROM = '127.66.2.1';

export const unreadPipelines: Door = {
  name: 'unread-pipelines',
  summary: 'Clients send many requests one behind the other, never read an answer, and reset',
  async attack({ target, size }) {
    let refused = 0;
    const waves = PATHS[size].flatMap((path) => WAVES[size].map((wave) => ({ ...wave, path })));
    for (const { connections, requests, rounds, holdMs, path } of waves) {
      const request = `GET ${path} HTTP/1.1\r\nHost: attack\r\n\r\n`;
      for (let round = 0; round < rounds; round += 1) {
        const opened = await openMany(target.apiUrl, connections);
        refused += connections - opened.length;
        for (const connection of opened) connection.write(request.repeat(requests));
        await delay(holdMs);
        for (const connection of opened) connection.reset();
      }
    }
    return {
      goals: [none('connections that were not accepted in time', refused)],
      notes: waves.map(
        ({ path, connections, requests, rounds, holdMs }) =>
          `${rounds} × ${connections} connections with ${requests} GET ${path} each, held ${holdMs} ms.`,
      ),
    };
  },
};

async function openMany(url: string, count: number): Promise<RawConnection[]> {
  const opening = Array.from(
    { length: count },
    async () => await openRaw(url, { from: FROM, isReading: false }).catch(() => undefined),
  );
  return (await Promise.all(opening)).filter((connection) => connection !== undefined);
}

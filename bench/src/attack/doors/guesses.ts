import { generateApiKey } from '@calseta/common';
import { all, none } from '../../report/goals.js';
import { type Goal } from '../../report/section.js';
import { callApi } from '../../system/call-api.js';
import { type Door } from '../door.js';
import { judgeSlowing } from '../judge-slowing.js';
import { type Target } from '../target/start-target.js';
import { type Client, createClient } from '../wire/create-client.js';

/** Well above the number of failures that one address may have at once. */
const GUESSES = 200;
const GUESSES_BETWEEN = 5;
const KEYS = { full: 24, short: 4 };
/** One client that guesses beside a valid key, and one that forges another address in every request. */
const GUESSER = '127.66.3.1';
const FORGER = '127.66.3.2';
const ALERTS = '/v1/alerts?page_size=1';

export const guesses: Door = {
  name: 'guesses',
  summary:
    'One address guesses keys until it is refused, beside good keys that no process has seen yet',
  async attack({ target, size }) {
    const made = await makeKeys(target, KEYS[size]);
    await using guesser = createClient(target.apiUrl, GUESSER);
    await using forger = createClient(target.apiUrl, FORGER);
    const refusals = [
      judgeLimit('one address', await guess(guesser, GUESSES)),
      judgeLimit('one address that forges X-Forwarded-For', await guess(forger, GUESSES, forge)),
    ];
    let read = 0;
    let sent = 0;
    let stolen = 0;
    for (const { id, key } of made) {
      await guess(guesser, GUESSES_BETWEEN);
      const wrong = `cai_${id}_${'A'.repeat(43)}`;
      if ((await statusOf(guesser, wrong)) < 400) stolen += 1;
      if ((await statusOf(guesser, key)) === 200) read += 1;
      const body = { title: `Beside a guesser ${id}` };
      const path = '/v1/ingest/generic';
      if ((await guesser.call({ method: 'POST', path, key, body })).status === 202) sent += 1;
    }
    // Tests share their machine, and a share of a millisecond says nothing there.
    const slowed = size === 'full' ? [await judgeSlowing(target, guesser)] : [];
    return {
      goals: [
        ...refusals,
        ...slowed,
        all('good keys that may read beside the guesses', read, made.length),
        all('good keys that may send beside the guesses', sent, made.length),
        none('known ids that a wrong secret opens', stolen),
      ],
    };
  },
};

const makeKeys = async (target: Target, count: number): Promise<{ id: string; key: string }[]> =>
  await Promise.all(
    Array.from(
      { length: count },
      async (_, index) =>
        await callApi<{ id: string; key: string }>(target, 'POST', '/v1/api-keys', {
          name: `beside guesses ${index}`,
          scopes: ['alerts:read', 'alerts:ingest'],
        }),
    ),
  );

const forge = (index: number): Record<string, string> => ({
  'x-forwarded-for': `198.51.100.${index}`,
  'x-real-ip': `198.51.100.${index}`,
  forwarded: `for=198.51.100.${index}`,
});

const statusOf = async (
  client: Client,
  key: string,
  headers: Record<string, string> = {},
): Promise<number> => (await client.call({ method: 'GET', path: ALERTS, key, headers })).status;

/** Answers to unknown keys; they are sent together, because each may wait for a second. */
const guess = async (
  client: Client,
  count: number,
  headersOf: (index: number) => Record<string, string> = () => ({}),
): Promise<number[]> =>
  await Promise.all(
    Array.from(
      { length: count },
      async (_, index) => await statusOf(client, generateApiKey().key, headersOf(index)),
    ),
  );

function judgeLimit(who: string, statuses: readonly number[]): Goal {
  const limited = statuses.filter((status) => status === 429).length;
  const others = statuses.filter((status) => status !== 429 && status !== 401);
  return {
    name: `guesses of ${who} that are limited`,
    wanted: '> 0, all others 401',
    measured: `${limited} of ${statuses.length}${others.length > 0 ? `; also ${others.join()}` : ''}`,
    isMet: limited > 0 && others.length === 0,
  };
}

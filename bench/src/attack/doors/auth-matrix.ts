import { setTimeout as delay } from 'node:timers/promises';
import { generateApiKey, newUuid } from '@calseta/common';
import { all, none } from '../../report/goals.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Operation, readDescription } from '../api/read-description.js';
import { type Door } from '../door.js';
import { type Target } from '../target/start-target.js';
import { type Client, createClient } from '../wire/create-client.js';

type Outcome = 'admitted' | 'unknown' | 'forbidden';

/** One kind of key, and what a route with these scopes has to answer to it. */
type Holder = {
  name: string;
  authorization: string | undefined;
  expect: (operation: Operation) => Outcome;
};

/** What holding a scope includes, by docs/security.md. */
const INCLUDED: Record<string, readonly string[]> = {
  'alerts:write': ['alerts:ingest', 'findings:write', 'alerts:triage'],
};
const ADMIN = 'admin';
/** Of the path that sends alerts, and another that the bound key is for. */
const SOURCE = 'generic';
const OTHER_SOURCE = 'elastic';
const INGEST = '/v1/ingest/{source_name}';
const EXPIRES_MS = 2_000;
/** Failures are counted by address, and none of these is to be refused for its number. */
const ADDRESSES = 200;
/** Unknown keys wait for one another: many at once wait no longer than one. */
const CONCURRENCY = 64;

export const authMatrix: Door = {
  name: 'auth-matrix',
  summary:
    'Every route of /openapi.json is asked with every kind of key, and answers as its scopes say',
  async attack({ target }) {
    const { operations, scopes } = await readDescription(target.apiUrl);
    const holders = await makeHolders(target, scopes);
    const cells = operations.flatMap((operation) =>
      holders.map((holder) => ({ operation, holder })),
    );
    await using crowd = createCrowd(target);
    const wrong: string[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next; index < cells.length; index = next) {
        next += 1;
        const cell = cells[index];
        if (!cell) return;
        const { operation, holder } = cell;
        const wanted = holder.expect(operation);
        const { outcome, status } = await ask(crowd.at(index), operation, holder);
        if (outcome !== wanted)
          wrong.push(
            `${holder.name}: ${operation.method} ${operation.path}: ${status}, not ${wanted}`,
          );
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return {
      goals: [
        all('routes by kinds of key that were asked', next, operations.length * holders.length),
        none('answers that differ from what the route declares', wrong.length, wrong.sort()),
        await judgeBoundKey(target),
      ],
      notes: [`${operations.length} routes, ${holders.length} kinds of key.`],
    };
  },
};

async function makeHolders(target: Target, scopes: readonly string[]): Promise<Holder[]> {
  const make = async (name: string, options: object) =>
    await callApi<{ id: string; key: string }>(target, 'POST', '/v1/api-keys', {
      name,
      key_type: 'human',
      scopes: [ADMIN],
      ...options,
    });
  const expired = await make('expired', {
    expires_at: new Date(Date.now() + EXPIRES_MS).toISOString(),
  });
  const revoked = await make('revoked', {});
  await revoke(target, revoked.id);
  const bound = await make('bound', { scopes: ['alerts:ingest'], allowed_sources: [OTHER_SOURCE] });
  const alone = await Promise.all(
    scopes.map(async (scope) => await make(scope, { scopes: [scope] })),
  );
  await configEffective();
  await delay(EXPIRES_MS);
  const refused = (name: string, authorization: string | undefined): Holder => ({
    name,
    authorization,
    expect: ({ scopes: needed }) => (needed === null ? 'admitted' : 'unknown'),
  });
  return [
    refused('no key', undefined),
    refused('no Bearer', target.apiKey),
    refused('Basic', `Basic ${Buffer.from(`:${target.apiKey}`).toString('base64')}`),
    refused('no key of ours', 'Bearer cai_short'),
    refused('an unknown id', `Bearer ${generateApiKey().key}`),
    refused('a wrong secret', `Bearer cai_${expired.id}_${'A'.repeat(43)}`),
    refused('revoked', `Bearer ${revoked.key}`),
    refused('expired', `Bearer ${expired.key}`),
    ...scopes.map((scope, index): Holder => ({
      name: `${scope} alone`,
      authorization: `Bearer ${alone[index]?.key ?? ''}`,
      expect: ({ scopes: needed }) => (isHeld(scope, needed) ? 'admitted' : 'forbidden'),
    })),
    {
      name: 'a key of another source',
      authorization: `Bearer ${bound.key}`,
      expect: ({ scopes: needed, path }) =>
        path !== INGEST && isHeld('alerts:ingest', needed) ? 'admitted' : 'forbidden',
    },
  ];
}

const isHeld = (scope: string, needed: readonly string[] | null): boolean =>
  needed === null ||
  scope === ADMIN ||
  needed.some((one) => one === scope || INCLUDED[scope]?.includes(one));

async function revoke({ apiUrl, apiKey: key }: Target, id: string): Promise<void> {
  await using client = createClient(apiUrl, addressOf(0));
  await client.call({ method: 'DELETE', path: `/v1/api-keys/${id}`, key });
}

const addressOf = (index: number): string => `127.66.8.${(index % ADDRESSES) + 1}`;

/** Clients at many addresses. */
function createCrowd({ apiUrl }: Target): AsyncDisposable & { at: (index: number) => Client } {
  const clients = Array.from({ length: ADDRESSES }, (_, index) =>
    createClient(apiUrl, addressOf(index)),
  );
  return {
    at: (index) => clients[index % ADDRESSES] ?? createClient(apiUrl, addressOf(index)),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(async (client) => await client[Symbol.asyncDispose]()));
    },
  };
}

/** Asks for what is not there, with an empty body: what is admitted changes nothing. */
async function ask(
  client: Client,
  { method, path, body }: Operation,
  { authorization }: Holder,
): Promise<{ outcome: Outcome; status: number }> {
  const { status } = await client.call({
    method,
    path: path
      .replace('{source_name}', SOURCE)
      .replace('{name}', 'no-such-source')
      .replace(/\{\w+\}/g, () => newUuid()),
    headers: authorization === undefined ? {} : { authorization },
    ...(body && { body: {} }),
  });
  const outcome = status === 401 ? 'unknown' : status === 403 ? 'forbidden' : 'admitted';
  return { outcome, status };
}

/** A key that is bound to one source learns of no other whether there is one. */
async function judgeBoundKey(target: Target) {
  const { key } = await callApi<{ key: string }>(target, 'POST', '/v1/api-keys', {
    name: 'bound, and curious',
    scopes: ['alerts:ingest'],
    allowed_sources: [OTHER_SOURCE],
  });
  await using client = createClient(target.apiUrl, addressOf(1));
  const statusOf = async (source: string): Promise<number> => {
    const path = `/v1/ingest/${source}`;
    return (await client.call({ method: 'POST', path, key, body: { title: 'x' } })).status;
  };
  const [existing, missing] = [await statusOf(SOURCE), await statusOf('no-such-source')];
  return {
    name: 'a bound key tells sources that exist from others',
    wanted: 'the same answer',
    measured: `${existing} and ${missing}`,
    isMet: existing === missing,
  };
}

import fc from 'fast-check';
import { newUuid } from '@calseta/common';
import { all, none } from '../../report/goals.js';
import { type Goal } from '../../report/section.js';
import { callApi } from '../../system/call-api.js';
import { arbitraryOf } from '../api/arbitrary-of-schema.js';
import { type Description, readDescription } from '../api/read-description.js';
import {
  type Holder,
  makeHolders,
  OTHER_SOURCE,
  type Outcome,
  type Question,
  SOURCE,
} from '../auth/make-holders.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { type Target } from '../target/start-target.js';
import { type Client, createClient } from '../wire/create-client.js';

/** Failures are counted by address; none of these requests may be refused because of that limit. */
const ADDRESSES = 200;
/** Unknown keys share one look-up: many concurrent ones wait no longer than a single one. */
const CONCURRENCY = 64;
/** Bodies that are drawn to find one with the field that needs an additional scope. */
const DRAWS = 1_000;

export const authMatrix: Door = {
  name: 'auth-matrix',
  summary:
    'Every route of /openapi.json is asked with every kind of key, and answers as its scopes say',
  async attack({ target, seed }) {
    const description = await readDescription(target.apiUrl);
    const holders = await makeHolders(target, description.scopes);
    const questions = description.operations.flatMap((operation): Question[] =>
      [undefined, ...Object.keys(operation.fieldScopes)].map((field) => ({ operation, field })),
    );
    const cells = questions.flatMap((question) => {
      const body = bodyOf(question, description, seed);
      return holders.map((holder) => ({ question, holder, body }));
    });
    await using crowd = createCrowd(target);
    const wrong: string[] = [];
    let asked = 0;
    await forEachOf(cells, CONCURRENCY, async ({ question, holder, body }, index) => {
      const wanted = holder.expect(question);
      const { outcome, status } = await ask(crowd.at(index), question, holder, body);
      asked += 1;
      if (outcome !== wanted)
        wrong.push(`${holder.name}: ${spell(question)}: ${status}, not ${wanted}`);
    });
    return {
      goals: [
        all('questions by kinds of key that were asked', asked, questions.length * holders.length),
        none('answers that differ from what the route declares', wrong.length, wrong.sort()),
        await judgeBoundKey(target),
      ],
      notes: [
        `${description.operations.length} routes, ${questions.length - description.operations.length} fields with scopes of their own, ${holders.length} kinds of key.`,
      ],
    };
  },
};

const spell = ({ operation: { method, path }, field }: Question): string =>
  `${method} ${path}${field === undefined ? '' : ` with ${field}`}`;

/** Empty, so that an accepted request changes nothing; where a field is tested, a body that contains it. */
function bodyOf({ operation, field }: Question, { schemas }: Description, seed: number): unknown {
  if (!operation.body || field === undefined) return operation.body && {};
  const drawn = fc.sample(arbitraryOf(operation.body, schemas), { seed, numRuns: DRAWS });
  const found = drawn.find(
    (body) => typeof body === 'object' && body !== null && Object.hasOwn(body, field),
  );
  if (found === undefined) throw new Error(`No body of ${spell({ operation, field })} was drawn.`);
  return found;
}

const addressOf = (index: number): string => `127.66.8.${(index % ADDRESSES) + 1}`;

/** Clients with many addresses. */
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

/** Requests resources that do not exist. */
async function ask(
  client: Client,
  { operation: { method, path } }: Question,
  { authorization }: Holder,
  body: unknown,
): Promise<{ outcome: Outcome; status: number }> {
  const { status } = await client.call({
    method,
    path: path
      .replace('{source_name}', SOURCE)
      .replace('{name}', 'no-such-source')
      .replace(/\{\w+\}/g, () => newUuid()),
    headers: authorization === undefined ? {} : { authorization },
    body,
  });
  const outcome = status === 401 ? 'unknown' : status === 403 ? 'forbidden' : 'admitted';
  return { outcome, status };
}

/** A key that is restricted to one source cannot find out whether other sources exist. */
async function judgeBoundKey(target: Target): Promise<Goal> {
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

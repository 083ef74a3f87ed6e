import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, dataEnvelope, jsonData } from '@calseta/common';
import {
  defineRoute,
  type IdempotencyClaim,
  type IdempotencyState,
  type IdempotencyStore,
  reply,
  type KeptAnswer,
} from '@calseta/platform';
import { z } from 'zod';
import { type App, startApp } from './support/start-app.js';

/** The store in memory. */
function createMemoryStore(): IdempotencyStore & {
  answers: Map<string, KeptAnswer | undefined>;
} {
  const hashes = new Map<string, string>();
  const answers = new Map<string, KeptAnswer | undefined>();
  const idOf = ({ keyId, key }: IdempotencyClaim): string => `${keyId} ${key}`;
  return {
    answers,
    async begin(claim): Promise<IdempotencyState> {
      await Promise.resolve();
      const id = idOf(claim);
      const hash = hashes.get(id);
      if (hash === undefined) {
        hashes.set(id, claim.requestHash);
        return { kind: 'run' };
      }
      if (hash !== claim.requestHash) return { kind: 'mismatch' };
      const answer = answers.get(id);
      return answer ? { kind: 'replay', answer } : { kind: 'in_flight' };
    },
    async finish(claim, answer) {
      answers.set(idOf(claim), answer);
      await Promise.resolve();
    },
    async abandon(claim) {
      hashes.delete(idOf(claim));
      await Promise.resolve();
    },
  };
}

const cipher = {
  encrypt: (text: string) => Buffer.from(text).toString('hex'),
  decrypt: (text: string) => Buffer.from(text, 'hex').toString(),
};

let app: App;
let made: string[];
let store: ReturnType<typeof createMemoryStore>;
let gate: Promise<void>;
let openGate: () => void;

beforeEach(async () => {
  made = [];
  store = createMemoryStore();
  gate = Promise.resolve();
  openGate = () => undefined;
  app = await startApp(
    [
      defineRoute({
        method: 'POST',
        path: '/v1/things',
        operationId: 'makeThing',
        scope: 'agents:write',
        summary: 'Make a thing',
        tags: ['things'],
        body: z.object({ name: z.string() }),
        responses: { 201: dataEnvelope(z.object({ name: z.string(), secret: z.string() })) },
        handler: async ({ body }) => {
          await gate;
          if (body.name === 'taken') throw new AppError('resource.conflict', 'The name is taken.');
          made.push(body.name);
          return reply(201, jsonData({ name: body.name, secret: `whsec_${made.length}` }));
        },
      }),
    ],
    { app: { idempotency: { store, cipher } } },
  );
});
afterEach(async () => await app.close());

const post = async (name: string, key?: string, as = app.admin) =>
  await app.send(
    'POST',
    '/v1/things',
    { name },
    { authorization: `Bearer ${as}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  );

describe('Idempotency-Key', () => {
  test('a repeat gets the first answer again, and nothing is made twice', async () => {
    const first = await post('a', 'k-1');
    const second = await post('a', 'k-1');
    expect(second.status).toBe(201);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(made).toEqual(['a']);
  });

  test('the same key on another request is a 409', async () => {
    await post('a', 'k-1');
    const other = await post('b', 'k-1');
    expect([other.status, await other.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'idempotency.conflict' }),
    ]);
    expect(made).toEqual(['a']);
  });

  test('a repeat while the first is in flight is a 409 that says when to come back', async () => {
    gate = new Promise((resolve) => (openGate = resolve));
    const first = post('a', 'k-1');
    let second = await post('a', 'k-1');
    // The first request holds the key; the second one is refused.
    expect(second.status).toBe(409);
    expect(second.headers.get('retry-after')).toBe('1');
    openGate();
    expect((await first).status).toBe(201);
    second = await post('a', 'k-1');
    expect(second.status).toBe(201);
    expect(made).toEqual(['a']);
  });

  test('of 20 at once one is made', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await post('a', 'k-1')).status),
    );
    expect(made).toEqual(['a']);
    expect(statuses).toContain(201);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
  });

  test('a request that failed leaves its key free', async () => {
    expect((await post('taken', 'k-1')).status).toBe(409);
    expect((await post('a', 'k-1')).status).toBe(201);
  });

  test('is a matter of one API key', async () => {
    await post('a', 'k-1');
    expect((await post('b', 'k-1', app.newKey('agents:write'))).status).toBe(201);
  });

  test('requests without one are not kept', async () => {
    await post('a');
    await post('a');
    expect(made).toEqual(['a', 'a']);
    expect(store.answers.size).toBe(0);
  });

  test('kept answers are not in the clear', async () => {
    await post('a', 'k-1');
    expect(JSON.stringify([...store.answers])).not.toContain('whsec_');
  });

  test.each(['x'.repeat(256), 'a b'])('%j is refused', async (key) => {
    expect((await post('a', key)).status).toBe(422);
    expect(made).toEqual([]);
  });

  test('255 characters are taken', async () => {
    expect((await post('a', 'x'.repeat(255))).status).toBe(201);
  });
});

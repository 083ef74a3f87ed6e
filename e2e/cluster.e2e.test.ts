import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_CONCURRENCY, generateApiKey } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { createLedger, expectAllDelivered } from './support/ledger.js';
import { SEED_ALERT } from './support/seed.js';
import { type Cluster, type Member, startCluster } from './support/start-cluster.js';
import { SERVICE_NAMES } from './support/start-service.js';

let cluster: Cluster;
let sink: AgentSink;

beforeAll(async () => {
  cluster = await startCluster({ replicas: { 'ingest-api': 2, 'alerts-api': 2, dispatcher: 2 } });
  sink = await startAgentSink(cluster.api);
  await sink.register();
  await configEffective();
}, 300_000);
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
}, 300_000);

const readyz = async () => {
  const response = await fetch(`${cluster.url}/readyz`);
  return { status: response.status, body: (await response.json()) as { not_ready: string[] } };
};

/** One ledger for all tests: everything that the agent receives has to be in it. */
const accepted = new Set<string>();
const createSharedLedger = () => createLedger(cluster.url, accepted);

describe('five services as processes behind the gateway', () => {
  test('are ready when every one of them is', async () => {
    expect(await readyz()).toMatchObject({ status: 200, body: { not_ready: [] } });
    const [extractor] = cluster.named('extractor');
    await extractor!.process.kill();
    expect(await readyz()).toMatchObject({
      status: 503,
      body: { not_ready: [`${extractor!.process.url}/readyz`] },
    });
    await extractor!.killAndRestart();
    expect(await readyz()).toMatchObject({ status: 200 });
  });

  test('take the documented alert through the gateway and find its three indicators', async () => {
    const answer = await cluster.api.call('POST', '/v1/ingest/generic', { body: SEED_ALERT });
    expect(answer.status).toBe(202);
    const { alert_uuid: uuid } = answer.body.data as { alert_uuid: string };
    accepted.add(uuid);
    await expectAllDelivered({ accepted }, sink.agents);
    const indicators = await cluster.api.ask<{ value: string }[]>(
      'GET',
      `/v1/alerts/${uuid}/indicators`,
    );
    expect(indicators.slice(0, 3).map(({ value }) => value)).toEqual([
      '10.0.0.42',
      'a1b2c3d4e5f6...',
      'jsmith@company.com',
    ]);
  });

  test('let a new key in at each of them at once, while others guess from its address', async () => {
    const doors = cluster
      .named('ingest-api', 'alerts-api')
      .map(({ name, process: { url } }) =>
        name === 'ingest-api'
          ? { method: 'POST', url: `${url}/v1/ingest/nobody`, passed: 404 }
          : { method: 'GET', url: `${url}/v1/alerts`, passed: 200 },
      );
    type Door = (typeof doors)[number];
    const ask = async ({ method, url }: Door, key: string) => {
      const response = await fetch(url, { method, headers: { authorization: `Bearer ${key}` } });
      await response.arrayBuffer();
      return response.status;
    };
    const state = { isOver: false, limited: 0 };
    const guess = async (door: Door) => {
      while (!state.isOver) {
        if ((await ask(door, generateApiKey().key)) === 429) state.limited += 1;
      }
    };
    const guessing = doors.flatMap((door) =>
      Array.from({ length: 20 }, async () => await guess(door)),
    );
    try {
      await eventually(() => expect(state.limited).toBeGreaterThan(100), { timeoutMs: 30_000 });
      for (let round = 0; round < 3; round += 1) {
        const made = await cluster.api.call('POST', '/v1/api-keys', {
          body: { name: 'new', scopes: ['alerts:ingest', 'alerts:read'] },
        });
        const { key } = made.body.data as { key: string };
        const statuses = await Promise.all(doors.map(async (door) => await ask(door, key)));
        expect(statuses).toEqual(doors.map(({ passed }) => passed));
      }
    } finally {
      state.isOver = true;
      await Promise.all(guessing);
    }
  }, 300_000);

  test('lose nothing while every worker is killed again and again', async () => {
    const ledger = createSharedLedger();
    const before = accepted.size;
    const posting = ledger.postMany(300, { concurrency: 2, pauseMs: 30 });
    const state = { isPosting: true };
    void posting.finally(() => (state.isPosting = false));
    const workers = [
      ...cluster.named('extractor', 'enricher', 'dispatcher'),
      cluster.named('ingest-api')[0]!,
    ];
    let rounds = 0;
    for (; state.isPosting || rounds < 3; rounds += 1) {
      await Promise.all(workers.map(async (worker) => await worker.killAndRestart()));
      // Time to start work that the next kill interrupts.
      await delay(1_000);
    }
    await posting;
    expect(accepted.size - before).toBe(300);
    await expectAllDelivered(ledger, sink.agents, 60_000);
  }, 300_000);

  test('attempt a push again whose dispatcher was killed, under the same webhook-id', async () => {
    const ledger = createSharedLedger();
    const from = sink.sink.requests.length;
    sink.sink.respondWith((_, index) => (index === from ? { delayMs: 60_000 } : {}));
    await ledger.post({ severity: 'Critical' });
    await eventually(() => expect(sink.sink.requests.length).toBe(from + 1));
    for (const dispatcher of cluster.named('dispatcher')) await dispatcher.killAndRestart();
    await eventually(() => expect(sink.sink.requests.length).toBe(from + 2), { timeoutMs: 15_000 });
    const ids = sink.sink.requests.slice(from).map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    await expectAllDelivered(ledger, sink.agents);
  });

  test('take over what a killed dispatcher held, and push again only what was under way', async () => {
    const ledger = createSharedLedger();
    const ANSWER_MS = 300;
    // How late a busy machine may see a push or a kill.
    const BUSY_MS = 3_000;
    sink.sink.respondWith({ delayMs: ANSWER_MS });
    const from = sink.sink.requests.length;
    const posting = ledger.postMany(60, { concurrency: 4 });
    await eventually(() => expect(sink.sink.requests.length).toBeGreaterThan(from + 12));
    const [killed, other] = cluster.named('dispatcher');
    const killedAt = Date.now();
    await killed!.process.kill();
    await posting;
    await expectAllDelivered(ledger, sink.agents, 60_000);
    sink.sink.respondWith({});

    const pushes = sink.sink.requests.slice(from);
    const timesOf = (id: unknown) =>
      pushes
        .filter(({ headers }) => headers['webhook-id'] === id)
        .map(({ receivedAt }) => receivedAt.getTime());
    const ids = [...new Set(pushes.map(({ headers }) => headers['webhook-id']))];
    const doubled = ids.map(timesOf).filter(({ length }) => length > 1);
    expect(doubled.length).toBeLessThanOrEqual(AGENT_CONCURRENCY.default);
    for (const [first = 0] of doubled) {
      expect(Math.abs(killedAt - first)).toBeLessThan(ANSWER_MS + BUSY_MS);
    }
    expect(other!.process.hasExited()).toBe(false);
    await killed!.killAndRestart();
  }, 300_000);

  test('answer every request while they are restarted in turn', async () => {
    const ledger = createSharedLedger();
    const state = { isOver: false };
    const posting = (async () => {
      while (!state.isOver) await ledger.post({ severity: 'Low' });
    })();
    const statuses: number[] = [];
    const reading = (async () => {
      while (!state.isOver)
        statuses.push((await cluster.api.call('GET', '/v1/alerts?page_size=1')).status);
    })();

    // First one half of the processes, then the other, so that each listening service keeps one replica.
    const firsts = SERVICE_NAMES.map((name) => cluster.named(name)[0]!);
    const others = cluster.members.filter((member) => !firsts.includes(member));
    const restart = async (members: Member[]) =>
      await Promise.all(members.map(async (member) => await member.stopAndRestart()));
    const ends = [...(await restart(firsts)), ...(await restart(others))];
    state.isOver = true;
    await Promise.all([posting, reading]);

    expect(ends).toEqual(ends.map(() => 'code 0'));
    expect(statuses.length).toBeGreaterThan(10);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(ledger.answers.length).toBeGreaterThan(10);
    expect(ledger.answers.filter(({ status }) => status !== 202)).toEqual([]);
    await expectAllDelivered(ledger, sink.agents, 40_000);
  }, 300_000);
});

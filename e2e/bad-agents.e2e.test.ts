import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { configEffective } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/** Agents that are away, busy or picky: each gets everything in the end, and none moves another. */

let pipeline: Pipeline;
let sink: WebhookSink;
let agents: { uuid: string; name: string }[] = [];

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'in-process' });
});
afterAll(async () => await pipeline[Symbol.asyncDispose]());
beforeEach(async () => {
  sink = await startWebhookSink();
});
afterEach(async () => {
  for (const { uuid } of agents) await pipeline.api.ask('DELETE', `/v1/agents/${uuid}`);
  agents = [];
  await sink.close();
});

async function register(name: string, fields: object = {}): Promise<string> {
  const { uuid } = await pipeline.api.ask<{ uuid: string }>('POST', '/v1/agents', {
    name,
    webhook_url: `${sink.url}/${name}`,
    ...fields,
  });
  agents.push({ uuid, name });
  return uuid;
}

const ingest = async (alert: object): Promise<string> =>
  (await pipeline.api.ask<{ alert_uuid: string }>('POST', '/v1/ingest/generic', alert)).alert_uuid;

type Push = { alert: { uuid: string; severity: string }; webhookId: string; receivedAt: Date };
const pushesTo = (name: string): Push[] =>
  sink.requests
    .filter(({ path }) => path === `/${name}`)
    .map(({ body, headers, receivedAt }) => ({
      ...(JSON.parse(body) as Pick<Push, 'alert'>),
      webhookId: String(headers['webhook-id']),
      receivedAt,
    }));

const dispatched = async (count: number): Promise<void> =>
  await eventually(
    async () =>
      expect(await pipeline.database.prisma.alert.count({ where: { stage: 'dispatched' } })).toBe(
        count,
      ),
    { timeoutMs: 30_000 },
  );
const dispatchedSoFar = async () =>
  await pipeline.database.prisma.alert.count({ where: { stage: 'dispatched' } });

describe('an agent', () => {
  test('that was off gets everything by one replay, each webhook-id once', async () => {
    const uuid = await register('off', { is_active: false });
    await configEffective();
    const since = new Date().toISOString();
    const before = await dispatchedSoFar();
    const alerts = new Set<string>();
    for (let number = 0; number < 30; number += 1) {
      alerts.add(await ingest({ title: `While it was off ${number}` }));
    }
    await dispatched(before + alerts.size);
    await pipeline.api.ask('PATCH', `/v1/agents/${uuid}`, { is_active: true });
    await configEffective();
    const replayed = await pipeline.api.ask('POST', `/v1/agents/${uuid}/replay`, { since });
    expect(replayed).toEqual({ matched_count: 30, delivery_count: 30 });
    await eventually(() => expect(pushesTo('off')).toHaveLength(30), { timeoutMs: 30_000 });
    const pushes = pushesTo('off');
    expect(new Set(pushes.map(({ webhookId }) => webhookId)).size).toBe(30);
    expect(new Set(pushes.map(({ alert }) => alert.uuid))).toEqual(alerts);
  });

  test('that answers 503 with Retry-After for long gets everything afterwards, the most urgent first', async () => {
    const state = { isBusy: true };
    sink.respondWith(() => (state.isBusy ? { status: 503, headers: { 'retry-after': '2' } } : {}));
    await register('busy', { max_concurrency: 1 });
    await configEffective();
    const before = await dispatchedSoFar();
    const severities = ['Low', 'Critical', 'Medium', 'High'];
    for (let number = 0; number < 24; number += 1) {
      await ingest({ title: `While it was busy ${number}`, severity: severities[number % 4] });
    }
    await dispatched(before + 24);
    const busyFrom = Date.now();
    await eventually(() => expect(Date.now() - busyFrom).toBeGreaterThan(5_000), {
      timeoutMs: 10_000,
    });
    // It is asked when it said, not more often: about once in two seconds, and by one push at a time.
    expect(pushesTo('busy').length).toBeLessThan(12);
    const from = sink.requests.length;
    state.isBusy = false;
    await eventually(() => expect(sink.requests.length - from).toBe(24), { timeoutMs: 20_000 });
    const order = sink.requests
      .slice(from)
      .map(({ body }) => (JSON.parse(body) as Push).alert.severity);
    const byUrgency = ['Critical', 'High', 'Medium', 'Low'];
    expect(order).toEqual(byUrgency.flatMap((severity) => Array<string>(6).fill(severity)));
  });
});

test('ten agents: one hangs, one answers 500, one 413 to large alerts, and no other is moved', async () => {
  const LARGE_BYTES = 20_000;
  const well = Array.from({ length: 7 }, (_, index) => `well-${index}`);
  sink.respondWith(({ path, body }) => {
    if (path === '/hangs') return { delayMs: 30_000 };
    if (path === '/fails') return { status: 500 };
    return path === '/picky' && body.length > LARGE_BYTES ? { status: 413 } : {};
  });
  for (const name of ['hangs', 'fails', 'picky', ...well]) await register(name);
  await configEffective();
  const critical: { uuid: string; at: number }[] = [];
  for (let number = 0; number < 15; number += 1) {
    await ingest({ title: `Large ${number}`, description: 'x'.repeat(LARGE_BYTES) });
    await ingest({ title: `Medium ${number}`, severity: 'Medium' });
    const at = Date.now();
    critical.push({ at, uuid: await ingest({ title: `Small ${number}`, severity: 'Critical' }) });
  }
  const isSettled = () => {
    for (const name of well) expect(pushesTo(name)).toHaveLength(45);
    const small = pushesTo('picky').map(({ alert }) => alert.uuid);
    expect(critical.every(({ uuid }) => small.includes(uuid))).toBe(true);
  };
  await eventually(isSettled, { timeoutMs: 20_000 });
  for (const { uuid, at } of critical) {
    for (const name of ['picky', ...well]) {
      const push = pushesTo(name).find(({ alert }) => alert.uuid === uuid);
      expect(push!.receivedAt.getTime() - at).toBeLessThan(5_000);
    }
  }
});

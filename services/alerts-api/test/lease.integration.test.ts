import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BYTES_PER_TOKEN,
  LEASE,
  type PulledDelivery,
  newUuid,
  pushPayloadSchema,
} from '@calseta/common';
import { createEvents, createHousekeepingStore } from '@calseta/database';
import { type StoredAlert } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_LEASED_BYTES } from '../src/operations/agents/lease.js';
import { WAIT_LIMITS } from '../src/pull/due-watcher.js';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let replica: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
  replica = await startAlertsApi({}, api.databaseUrl);
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

type Puller = { uuid: string; signing_secret: string; key: string };

async function aPuller(fields: object = {}): Promise<Puller> {
  const { body } = await api.call('POST', '/v1/agents', { body: { name: 'Puller', ...fields } });
  const agent = body.data as Omit<Puller, 'key'>;
  const made = await api.call('POST', '/v1/api-keys', {
    body: { name: 'p', agent_uuid: agent.uuid, scopes: ['alerts:read'] },
  });
  return { ...agent, key: (made.body.data as { key: string }).key };
}

async function aDelivery({ uuid: agentId }: Puller, alert: StoredAlert = {}): Promise<string> {
  const id = newUuid();
  const alertId = await insertAlert(api.database, alert);
  await api.database.prisma.delivery.create({
    data: { id, agentId, alertId, revision: 1, nextAttemptAt: new Date() },
  });
  return id;
}

const call = async (
  { uuid, key }: Puller,
  action: 'lease' | 'ack' | 'nack' | 'extend',
  body: object = {},
  at = api,
) => await at.call('POST', `/v1/agents/${uuid}/${action}`, { key, body });
async function lease(puller: Puller, body: object = {}, at = api): Promise<PulledDelivery[]> {
  const answer = await call(puller, 'lease', body, at);
  expect([answer.status, answer.body]).toMatchObject([200, { data: {} }]);
  return (answer.body.data as { deliveries: PulledDelivery[] }).deliveries;
}
const idsOf = (leased: readonly PulledDelivery[]) => leased.map(({ lease_id: id }) => id);
const stored = async (id: string) =>
  await api.database.prisma.delivery.findUniqueOrThrow({
    where: { id },
    include: { attempts: true },
  });
const endLeases = async () =>
  await api.database.query(`UPDATE deliveries SET leased_until = now() - interval '1 second'`);

describe('POST /v1/agents/{uuid}/lease', () => {
  test('hands out the exact text of a push, with a signature that verifies', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller, { title: 'Café – “quoted”' });
    const [delivery] = await lease(puller);
    const { headers, body } = delivery!;
    expect(delivery!.webhook_id).toBe(`msg_${id}`);
    expect(Object.keys(headers).sort()).toEqual([
      'content-type',
      'traceparent',
      'webhook-id',
      'webhook-signature',
      'webhook-timestamp',
    ]);
    const key = Buffer.from(puller.signing_secret.replace('whsec_', ''), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(pushPayloadSchema.parse(JSON.parse(body)).alert.title).toBe('Café – “quoted”');
    const { pushedTokens } = await stored(id);
    expect(pushedTokens).toBe(Math.ceil(Buffer.byteLength(body) / BYTES_PER_TOKEN.full));
  });

  test('hands out events as well, which are acked like alerts', async () => {
    const puller = await aPuller({ events: ['provider.auth_failed'] });
    const event = {
      event: 'provider.auth_failed' as const,
      data: { provider_name: 'virustotal', reason: 'It answered 401.' },
    };
    await createEvents((text, values) => api.database.query(text, values), [event]);
    const [delivery] = await lease(puller);
    expect(JSON.parse(delivery!.body)).toMatchObject(event);
    const listed = await api.call('GET', `/v1/deliveries?agent_uuid=${puller.uuid}`);
    expect(listed.body.data).toMatchObject([{ kind: 'event', event: 'provider.auth_failed' }]);
    expect((await call(puller, 'ack', { lease_ids: [delivery!.lease_id] })).body).toMatchObject({
      data: { settled_count: 1 },
    });
  });

  test('does not hand out what was given up, because nobody pulled it in time', async () => {
    const puller = await aPuller();
    const [old, fresh] = [await aDelivery(puller), await aDelivery(puller)];
    const watcher = await aPuller({ events: ['delivery.dead'] });
    const HOUR_MS = 3_600_000;
    const openedAt = new Date(Date.now() - HOUR_MS - 1_000);
    await api.database.prisma.delivery.update({ where: { id: old }, data: { openedAt } });
    const { giveUpUnpulled } = createHousekeepingStore(api.database);
    expect(await giveUpUnpulled(2 * HOUR_MS, 100)).toBe(0);
    expect(await giveUpUnpulled(HOUR_MS, 100)).toBe(1);
    expect(await stored(old)).toMatchObject({
      status: 'dead',
      lastError: 'nobody pulled it in time',
    });
    expect((await lease(puller)).map(({ webhook_id: id }) => id)).toEqual([`msg_${fresh}`]);
    const [told] = await lease(watcher);
    expect(JSON.parse(told!.body)).toMatchObject({
      event: 'delivery.dead',
      data: { delivery_uuid: old },
    });
    const retried = await api.call('POST', `/v1/deliveries/${old}/retry`);
    expect(retried.status).toBe(202);
    expect(await lease(puller)).toHaveLength(1);
  });

  test('carries both signatures while a secret is rotated', async () => {
    const puller = await aPuller();
    await aDelivery(puller);
    await api.call('POST', `/v1/agents/${puller.uuid}/rotate-secret`);
    const [delivery] = await lease(puller);
    expect(delivery!.headers['webhook-signature'].split(' ')).toHaveLength(2);
  });

  test('gives each delivery to one caller, over two replicas', async () => {
    const puller = await aPuller();
    const ids = await Promise.all(Array.from({ length: 20 }, () => aDelivery(puller)));
    const leased = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        lease(puller, { max: 5 }, index % 2 ? api : replica),
      ),
    );
    const given = leased.flat().map(({ webhook_id: webhookId }) => webhookId);
    expect(given.sort()).toEqual(ids.map((id) => `msg_${id}`).sort());
  });

  test('gives a delivery again when its lease is over, and not before', async () => {
    const puller = await aPuller();
    await aDelivery(puller);
    const [first] = await lease(puller);
    expect(await lease(puller)).toEqual([]);
    await endLeases();
    const [second] = await lease(puller);
    expect(second!.webhook_id).toBe(first!.webhook_id);
    const { body } = await call(puller, 'nack', { lease_ids: [first!.lease_id] });
    expect(body.data).toEqual({ settled_count: 0, stale_lease_ids: [first!.lease_id] });
  });

  test('waits for a first delivery, on either replica', async () => {
    const puller = await aPuller();
    const waiting = [lease(puller, { wait_seconds: 30 }, replica)];
    await sleep(100);
    const startedAt = performance.now();
    const id = await aDelivery(puller);
    const [delivery] = (await Promise.all(waiting)).flat();
    expect(delivery!.webhook_id).toBe(`msg_${id}`);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('answers nothing when the wait is over', async () => {
    const startedAt = performance.now();
    expect(await lease(await aPuller(), { wait_seconds: 1 })).toEqual([]);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  test('bounds how many requests of an agent wait', async () => {
    const puller = await aPuller();
    const answers = await Promise.all(
      Array.from({ length: WAIT_LIMITS.perAgent + 1 }, async () => {
        const { status, headers } = await call(puller, 'lease', { wait_seconds: 4 });
        return [status, headers.get('retry-after')];
      }),
    );
    expect(answers.filter(([status]) => status === 200)).toHaveLength(WAIT_LIMITS.perAgent);
    expect(answers.filter(([status]) => status !== 200)).toEqual([[503, '1']]);
  });

  test('bounds the bytes of an answer, and leaves the rest to the next', async () => {
    const puller = await aPuller();
    const bytes = 450_000;
    const count = Math.ceil(MAX_LEASED_BYTES / bytes) + 2;
    const rawPayload = { text: 'x'.repeat(bytes) };
    for (let made = 0; made < count; made += 1) await aDelivery(puller, { rawPayload });
    const first = await lease(puller, { max: 100 });
    const second = await lease(puller, { max: 100 });
    expect(first.length).toBeLessThan(count);
    expect(first.length + second.length).toBe(count);
  });

  test('leaves the deliveries of an agent that is switched off alone', async () => {
    const puller = await aPuller({ is_active: false });
    await aDelivery(puller);
    expect((await call(puller, 'lease')).status).toBe(409);
  });

  test.each([
    [{ max: 1 }, 200],
    [{ max: 0 }, 422],
    [{ max: 100 }, 200],
    [{ max: 101 }, 422],
    [{ wait_seconds: 31 }, 422],
    [{ lease_seconds: 29 }, 422],
    [{ lease_seconds: 30 }, 200],
    [{ lease_seconds: 600 }, 200],
    [{ lease_seconds: 601 }, 422],
    [{ colour: 'red' }, 422],
  ])('%j is answered %i', async (body, status) => {
    expect((await call(await aPuller(), 'lease', body)).status).toBe(status);
  });
});

describe('leased deliveries', () => {
  test('are delivered by an ack, once', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    const leaseIds = idsOf(await lease(puller));
    const { body } = await call(puller, 'ack', { lease_ids: [...leaseIds, 'nonsense'] });
    expect(body.data).toEqual({ settled_count: 1, stale_lease_ids: ['nonsense'] });
    expect(await stored(id)).toMatchObject({
      status: 'delivered',
      attempts: [{ number: 1, outcome: 'delivered' }],
    });
    const again = await call(puller, 'ack', { lease_ids: leaseIds });
    expect(again.body.data).toMatchObject({ settled_count: 0 });
    expect((await stored(id)).attempts).toHaveLength(1);
  });

  test('are delivered by a late ack that nobody came before', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    const leaseIds = idsOf(await lease(puller));
    await endLeases();
    await call(puller, 'ack', { lease_ids: leaseIds });
    expect((await stored(id)).status).toBe('delivered');
  });

  test('come back later after a nack, which is no fault of the agent', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    await call(puller, 'nack', { lease_ids: idsOf(await lease(puller)) });
    const row = await stored(id);
    expect(row).toMatchObject({ status: 'pending', leasedUntil: null, attemptCount: 1 });
    expect(row.nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 3_000);
    expect(await lease(puller)).toEqual([]);
    const agent = await api.database.prisma.agent.findUniqueOrThrow({ where: { id: puller.uuid } });
    expect(agent.consecutiveFailures).toBe(0);
  });

  test('are dead when they are given back after their time', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    const leaseIds = idsOf(await lease(puller));
    const openedAt = new Date(Date.now() - 49 * 3_600_000);
    await api.database.prisma.delivery.update({ where: { id }, data: { openedAt } });
    await call(puller, 'nack', { lease_ids: leaseIds });
    expect((await stored(id)).status).toBe('dead');
  });

  test('are kept for longer by extend', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    const leaseIds = idsOf(await lease(puller));
    const { body } = await call(puller, 'extend', {
      lease_ids: leaseIds,
      seconds: LEASE.seconds.max,
    });
    expect(body.data).toEqual({ settled_count: 1, stale_lease_ids: [] });
    const { leasedUntil } = await stored(id);
    expect(leasedUntil!.getTime()).toBeGreaterThan(Date.now() + 590_000);
  });

  test('of another agent are stale', async () => {
    const puller = await aPuller();
    const id = await aDelivery(puller);
    const leaseIds = idsOf(await lease(puller));
    const other = await aPuller();
    for (const action of ['ack', 'nack', 'extend'] as const) {
      const body = { lease_ids: leaseIds, ...(action === 'extend' && { seconds: 60 }) };
      expect((await call(other, action, body)).body.data).toMatchObject({ settled_count: 0 });
    }
    expect((await stored(id)).status).toBe('pending');
  });
});

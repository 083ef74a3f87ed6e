import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EVENT_LIMIT, EVENT_SCHEMAS, newUuid, type OperatorEvent } from '@calseta/common';
import { createAgentHealthStore, createEvents, createProviderHealthStore } from '@calseta/database';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { Webhook } from 'standardwebhooks';
import { createWorld, type World } from './dispatcher-under-test.js';

let world: World;
const sinks: WebhookSink[] = [];

beforeAll(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.stopAll();
  await Promise.all(sinks.splice(0).map(async (sink) => await sink.close()));
});
afterAll(async () => {
  await world.close();
});

async function aSink() {
  const sink = await startWebhookSink();
  sinks.push(sink);
  return sink;
}

const quarantined = (): OperatorEvent => ({
  event: 'alert.quarantined',
  data: { alert_uuid: newUuid(), source_name: 'generic', code: 'body.malformed' },
});
const create = async (...events: OperatorEvent[]) =>
  await createEvents((text, values) => world.database.query(text, values), events);

describe('an event', () => {
  test('tells of a disabled agent and a dead delivery, but not the agent that they are about', async () => {
    const [gone, watching] = [await aSink(), await aSink()];
    gone.respondWith({ status: 410 });
    const events = ['alert.enriched', 'agent.disabled', 'delivery.dead'];
    const failing = await world.anAgent(gone, { events });
    const watcher = await world.anAgent(watching, { events: events.slice(1) });
    const { transport } = await world.start();
    const alert = await world.anEnrichedAlert();
    await transport.publish(alert.message);
    await eventually(() => expect(watching.requests).toHaveLength(2));

    const bodies = watching.requests.map(
      ({ body, headers }) =>
        new Webhook(watcher.secret).verify(body, headers as Record<string, string>) as {
          event: 'agent.disabled' | 'delivery.dead';
        },
    );
    for (const body of bodies) EVENT_SCHEMAS[body.event].parse(body);
    const about = { agent_uuid: failing.id, agent_name: failing.name };
    expect(bodies.find(({ event }) => event === 'agent.disabled')).toMatchObject({
      data: { ...about, reason: 'It answered 410 Gone.' },
      untrusted_paths: ['/data/reason'],
    });
    expect(bodies.find(({ event }) => event === 'delivery.dead')).toMatchObject({
      data: { ...about, alert_uuid: alert.id, event: 'alert.enriched', attempt_count: 1 },
    });
    await eventually(async () => {
      const made = (await world.deliveries()).filter(({ kind }) => kind === 'event');
      expect(made.map(({ agentId, status }) => [agentId, status])).toEqual([
        [watcher.id, 'delivered'],
        [watcher.id, 'delivered'],
      ]);
    });
  });

  test('goes to those that take its kind, as long as they are switched on', async () => {
    const sink = await aSink();
    const both = await world.anAgent(sink, { receiveQuarantined: true });
    const listed = await world.anAgent(sink, { events: ['alert.quarantined'] });
    await world.anAgent(sink);
    await world.anAgent(sink, { receiveQuarantined: true, isActive: false });
    await world.anAgent(sink, { receiveQuarantined: true, expiresAt: new Date(Date.now() - 1) });
    await create(quarantined());
    const takers = (await world.deliveries()).map(({ agentId }) => agentId);
    expect(takers.toSorted()).toEqual([both.id, listed.id].toSorted());
  });

  test('does not exist when the transaction that tells it is rolled back', async () => {
    await world.anAgent(await aSink(), { receiveQuarantined: true });
    const undone = world.database.transaction(async (client) => {
      await createEvents((text, values) => client.query(text, values), [quarantined()]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await world.deliveries()).toEqual([]);
  });

  test('can be made in a transaction of Prisma', async () => {
    await world.anAgent(await aSink(), { receiveQuarantined: true });
    await world.database.prisma.$transaction(async (tx) => {
      await createEvents((text, values) => tx.$executeRawUnsafe(text, ...values), [quarantined()]);
    });
    expect(await world.deliveries()).toHaveLength(1);
  });

  test('that comes in a flood is counted beyond the limit, and the next window says how many', async () => {
    const agent = await world.anAgent(await aSink(), { receiveQuarantined: true });
    const flood = (count: number) => Array.from({ length: count }, quarantined);
    await create(...flood(EVENT_LIMIT.count - 10));
    await create(...flood(30));
    expect(await world.deliveries()).toHaveLength(EVENT_LIMIT.count);
    await create(...flood(5));
    expect(await world.deliveries()).toHaveLength(EVENT_LIMIT.count);
    expect(await createAgentHealthStore(world.database).read(agent.id)).toMatchObject({
      skipped_events: [{ event: 'alert.quarantined', count: 25 }],
    });

    await world.database.query(
      `UPDATE event_counts SET window_began_at = now() - interval '${EVENT_LIMIT.windowSeconds} seconds'`,
    );
    await create(...flood(2));
    const { rows } = await world.database.query<{ skipped: number | null }>(
      `SELECT (event_data->>'skipped_count')::int AS skipped FROM deliveries ORDER BY created_at DESC LIMIT 2`,
    );
    const told = rows.map(({ skipped }) => skipped);
    expect(told).toHaveLength(2);
    expect(told).toEqual(expect.arrayContaining([25, null]));
  });

  test('tells once that a provider refuses its credentials, until it has answered', async () => {
    await world.anAgent(await aSink(), { events: ['provider.auth_failed'] });
    const health = createProviderHealthStore(world.database);
    const seen = { providerName: 'virustotal', lookupCount: 1, cachedCount: 0 };
    const refused = (at: Date) => ({
      ...seen,
      lastFailure: { at, kind: 'auth' as const, reason: 'It answered 401.' },
    });
    const [first, second, third, fourth] = [0, 1, 2, 3].map((minute) => new Date(minute * 60_000));
    await health.record([refused(first!)]);
    await health.record([refused(second!)]);
    expect(await world.deliveries()).toHaveLength(1);
    await health.record([{ ...seen, lastSuccessAt: third! }]);
    await health.record([refused(fourth!)]);
    expect(await world.deliveries()).toHaveLength(2);
  });

  test('about a dead delivery is not told about another such event', async () => {
    const [one, other] = [await aSink(), await aSink()];
    for (const sink of [one, other]) {
      sink.respondWith({ status: 410 });
      await world.anAgent(sink, { events: ['delivery.dead'] });
    }
    await create({
      event: 'delivery.dead',
      data: {
        delivery_uuid: newUuid(),
        agent_uuid: newUuid(),
        agent_name: 'A third',
        event: 'alert.enriched',
        severity: 'Low',
        attempt_count: 1,
      },
    });
    await world.start();
    await eventually(async () =>
      expect((await world.deliveries()).map(({ status }) => status)).toEqual(['dead', 'dead']),
    );
    expect(await world.deliveries()).toHaveLength(2);
  });
});

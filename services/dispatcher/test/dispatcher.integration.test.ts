import { createServer, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AGENT_CONCURRENCY,
  BYTES_PER_TOKEN,
  REQUESTS,
  newUuid,
  pushPayloadSchema,
} from '@calseta/common';
import { createDispatchStore, createReopenStore } from '@calseta/database';
import { generateSigningSecret, RESOLVER_LIMITS } from '@calseta/platform';
import {
  eventually,
  startDnsServer,
  startWebhookSink,
  TEST_TLS,
  type WebhookSink,
} from '@calseta/testing';
import { Webhook } from 'standardwebhooks';
import { createWorld, type World } from './dispatcher-under-test.js';

const FAST_RETRIES = { retryDelaysMs: [50, 50, 50], disableAfterFailures: 100 };
const CALM_BREAKER = { failureThreshold: 1_000, minOpenMs: 50, maxOpenMs: 100 };

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

const verify = (secret: string, { body, headers }: WebhookSink['requests'][number]) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

const idsOf = (sink: WebhookSink) => sink.requests.map(({ headers }) => headers['webhook-id']);
const titlesOf = (sink: WebhookSink) =>
  sink.requests.map(({ body }) => pushPayloadSchema.parse(JSON.parse(body)).alert.title);

describe('a push', () => {
  test('carries the documented payload, signed, to the agent that asked for it', async () => {
    const sink = await aSink();
    const agent = await world.anAgent(sink, {
      triggerFilter: { min_severity: 'High', source_names: ['sentinel', 'elastic'] },
    });
    const alert = await seedDocumentedAlert();
    const { transport } = await world.start();
    await transport.publish(alert.message);

    const [request] = await eventually(() => {
      expect(sink.requests).toHaveLength(1);
      return sink.requests;
    });
    const [delivery] = await world.deliveries();
    expect(request).toMatchObject({
      method: 'POST',
      path: '/webhook',
      headers: {
        'content-type': expect.stringContaining('application/json'),
        authorization: agent.authHeader,
        'user-agent': expect.stringContaining('Calseta'),
        'webhook-id': `msg_${delivery!.id}`,
        'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      },
    });

    const payload = verify(agent.secret, request!) as Record<string, unknown>;
    expect(pushPayloadSchema.safeParse(payload).success).toBe(true);
    expect(payload).toMatchObject(documentedPayload(alert.id));
    expect(request!.body).not.toContain('null');
    const { pushedTokens } = await eventually(async () => {
      const row = await world.database.prisma.delivery.findUniqueOrThrow({
        where: { id: delivery!.id },
      });
      expect(row.status).toBe('delivered');
      return row;
    });
    expect(pushedTokens).toBe(Math.ceil(Buffer.byteLength(request!.body) / BYTES_PER_TOKEN.full));
    // What JavaScript would have rounded.
    expect(request!.body).toContain('"record_id":9007199254740993');
  });

  test('is signed with both secrets while one is being rotated', async () => {
    const sink = await aSink();
    const previousSecret = generateSigningSecret();
    const { secret } = await world.anAgent(sink, { previousSecret });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    for (const key of [secret, previousSecret]) {
      expect(verify(key, sink.requests[0]!)).toMatchObject({ event: 'alert.enriched' });
    }
  });

  test('carries the further headers of its agent, and keeps them out of what is stored', async () => {
    const sink = await aSink();
    sink.respondWith((request) => ({ body: `you sent ${request.headers['x-api-key'] as string}` }));
    const headers = { 'x-api-key': 'k3y-of-the-agent', 'user-agent': 'Mine/1' };
    await world.anAgent(sink, { headers });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    expect(sink.requests[0]!.headers).toMatchObject(headers);
    const [delivery] = await eventually(async () => {
      const stored = await world.deliveries();
      expect(stored[0]!.attempts).toHaveLength(1);
      return stored;
    });
    expect(delivery!.attempts[0]!.responseBody).toBe('you sent [redacted]');
  });

  test('waits for an agent that pulls, and does not exist for one whose time is over', async () => {
    const sink = await aSink();
    const { id: puller } = await world.anAgent(sink, { webhookUrl: null });
    await world.anAgent(sink, { expiresAt: new Date(Date.now() - 1_000) });
    await world.anAgent(sink, { expiresAt: new Date(Date.now() + 60_000) });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    const stored = await eventually(async () => {
      const deliveries = await world.deliveries();
      expect(deliveries.map(({ status }) => status).sort()).toEqual(['delivered', 'pending']);
      return deliveries;
    });
    expect(stored.find(({ status }) => status === 'pending')).toMatchObject({
      agentId: puller,
      leasedUntil: null,
    });
    expect(sink.requests).toHaveLength(1);
  });

  test('that a replay opened again keeps its webhook-id, and says that it is a replay', async () => {
    const sink = await aSink();
    const agent = await world.anAgent(sink);
    const { transport } = await world.start();
    const alert = await world.anEnrichedAlert();
    await transport.publish(alert.message);
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject([{ status: 'delivered' }]),
    );
    const again = [{ alertId: alert.id, revision: 1 }];
    await createReopenStore(world.database).reopen(agent.id, again, 'a key');
    await eventually(() => expect(sink.requests).toHaveLength(2));
    expect(new Set(idsOf(sink)).size).toBe(1);
    const marks = sink.requests.map(({ body }) => {
      const { alert: pushed } = pushPayloadSchema.parse(JSON.parse(body));
      return pushed._metadata.replay ?? false;
    });
    expect(marks).toEqual([false, true]);
  });

  test('goes to matching agents only, and the timeline says by which clause', async () => {
    const [matching, low, off] = [await aSink(), await aSink(), await aSink()];
    await world.anAgent(matching, { name: 'matching' });
    await world.anAgent(low, {
      name: 'critical only',
      triggerFilter: { min_severity: 'Critical' },
    });
    await world.anAgent(off, { name: 'off', isActive: false });
    const { transport } = await world.start();
    const alert = await world.anEnrichedAlert();
    await transport.publish(alert.message);

    const stored = {
      where: { id: alert.id },
      include: { activity: { orderBy: { id: 'asc' } } },
    } as const;
    const { stage, activity } = await eventually(async () => {
      const row = await world.database.prisma.alert.findUniqueOrThrow(stored);
      expect(row.activity).toHaveLength(2);
      return row;
    });
    expect(stage).toBe('dispatched');
    expect(activity.map(({ kind }) => kind)).toEqual(['dispatched', 'delivery.attempted']);
    expect(activity[0]!.detail).toMatchObject({
      agents_matched: 1,
      matched: [{ agent: 'matching' }],
      not_matched: [
        { agent: 'critical only', clause: 'min_severity: High is below Critical' },
        { agent: 'off', clause: 'is_active: it is switched off' },
      ],
    });
    expect(activity[1]!.detail).toMatchObject({
      agent: 'matching',
      attempt: 1,
      outcome: 'delivered',
    });
    expect([matching, low, off].map(({ requests }) => requests.length)).toEqual([1, 0, 0]);
  });

  test('reaches an agent registered a moment before, with what was written down a moment before', async () => {
    const env = { DELIVERY_POLL_INTERVAL_MS: '60000', DELIVERY_LEASE_MS: '120000' };
    const { transport } = await world.start({ env });
    const before = await world.anEnrichedAlert();
    await transport.publish(before.message);
    await eventually(async () => {
      expect(await world.database.prisma.alert.count({ where: { stage: 'dispatched' } })).toBe(1);
    });
    const sink = await aSink();
    await world.anAgent(sink);
    await world.database.prisma.contextDocument.create({
      data: { title: 'Just written', docType: 'sop', content: 'C', isGlobal: true },
    });
    const after = await world.anEnrichedAlert();
    await transport.publish(after.message);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    expect(pushPayloadSchema.parse(JSON.parse(sink.requests[0]!.body))).toMatchObject({
      alert: { uuid: after.id },
      context_documents: [{ title: 'Just written' }],
    });
  });

  test('is made once, however often its message comes', async () => {
    const sink = await aSink();
    await world.anAgent(sink);
    const { transport, stop } = await world.start();
    const { message } = await world.anEnrichedAlert();
    await Promise.all([1, 2, 3, 4].map(async () => await transport.publish(message)));
    await eventually(async () => expect((await world.deliveries())[0]?.status).toBe('delivered'));
    await transport.publish(message);
    await stop();
    expect(await world.deliveries()).toHaveLength(1);
    expect(sink.requests).toHaveLength(1);
  });

  test('of a stale or unknown alert is not made', async () => {
    const sink = await aSink();
    await world.anAgent(sink);
    const { transport, stop } = await world.start();
    const { message } = await world.anEnrichedAlert();
    await transport.publish({ ...message, revision: 2 });
    await transport.publish({ ...message, alert_id: newUuid() });
    await stop();
    expect(await world.deliveries()).toEqual([]);
  });

  test('tells of alerts that share a rule or an indicator', async () => {
    const sink = await aSink();
    await world.anAgent(sink);
    const rule = await world.database.prisma.detectionRule.create({ data: { name: 'R' } });
    const sameRule = await world.anEnrichedAlert({ title: 'Same rule', detectionRuleId: rule.id });
    const sameIp = await world.anEnrichedAlert({ title: 'Same address' });
    const alert = await world.anEnrichedAlert({ detectionRuleId: rule.id });
    await linkIndicators([sameIp.id, alert.id]);
    await world.anEnrichedAlert({ title: 'Later', detectionRuleId: rule.id });
    const { transport } = await world.start();
    await transport.publish(alert.message);

    await eventually(() => expect(sink.requests).toHaveLength(1));
    const payload = pushPayloadSchema.parse(JSON.parse(sink.requests[0]!.body));
    expect(payload.related_alerts.map(({ uuid, relation }) => [uuid, relation]).sort()).toEqual(
      [
        [sameRule.id, 'same_detection_rule'],
        [sameIp.id, 'shared_indicator'],
      ].sort(),
    );
  });
});

describe('retries', () => {
  test('keep the webhook-id, follow Retry-After, and end with success', async () => {
    const sink = await aSink();
    sink.respondWith((_request, index) =>
      index === 0
        ? { status: 503, headers: { 'retry-after': '1' } }
        : index === 1
          ? { status: 500, body: 'later\u0000' }
          : { status: 204 },
    );
    const { secret } = await world.anAgent(sink);
    const { transport } = await world.start({ policy: { delivery: FAST_RETRIES } });
    await transport.publish((await world.anEnrichedAlert()).message);

    const [delivery] = await eventually(async () => {
      const rows = await world.deliveries();
      expect(rows[0]?.status).toBe('delivered');
      return rows;
    });
    expect(delivery!.attempts).toMatchObject([
      { number: 1, outcome: 'rejected', statusCode: 503, error: 'answered 503' },
      { number: 2, outcome: 'rejected', statusCode: 500, responseBody: 'later\uFFFD' },
      { number: 3, outcome: 'delivered', statusCode: 204, error: null },
    ]);
    expect(delivery).toMatchObject({ attemptCount: 3, leasedUntil: null, lastError: null });
    expect(new Set(idsOf(sink))).toEqual(new Set([`msg_${delivery!.id}`]));
    const [first, second] = sink.requests;
    expect(second!.receivedAt.getTime() - first!.receivedAt.getTime()).toBeGreaterThanOrEqual(
      1_000,
    );
    for (const request of sink.requests) expect(verify(secret, request)).toBeDefined();
  });

  test('end when their time is over, however few they were', async () => {
    const sink = await aSink();
    sink.respondWith({ status: 500 });
    await world.anAgent(sink);
    const { transport } = await world.start({
      env: { DELIVERY_GIVE_UP_MS: '1000' },
      policy: { delivery: { retryDelaysMs: [400, 600_000], disableAfterFailures: 100 } },
    });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      expect(await world.deliveries()).toMatchObject([{ status: 'dead', attemptCount: 3 }]);
    });
    const [first, , last] = sink.requests.map(({ receivedAt }) => receivedAt.getTime());
    // The last attempt is made at the end, though the schedule says later.
    expect(last! - first!).toBeGreaterThanOrEqual(900);
  });

  test('go on while the schedule is over and the time is not', async () => {
    const sink = await aSink();
    sink.respondWith((_request, index) => ({ status: index < 6 ? 500 : 200 }));
    await world.anAgent(sink);
    const { transport } = await world.start({
      policy: {
        breaker: CALM_BREAKER,
        delivery: { retryDelaysMs: [1], disableAfterFailures: 100 },
      },
    });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      expect(await world.deliveries()).toMatchObject([{ status: 'delivered', attemptCount: 7 }]);
    });
  });

  test('an agent that fails for a long time is disabled, and the clock of its deliveries stands still', async () => {
    const sink = await aSink();
    sink.respondWith({ status: 500 });
    const agent = await world.anAgent(sink);
    const { transport, stop } = await world.start({
      env: { DELIVERY_DISABLE_AGENT_MS: '1000', DELIVERY_GIVE_UP_MS: '2500' },
      policy: {
        breaker: CALM_BREAKER,
        delivery: { retryDelaysMs: [200], disableAfterFailures: 3 },
      },
    });
    await transport.publish((await world.anEnrichedAlert()).message);
    const { agent: table } = world.database.prisma;
    const disabled = await eventually(async () => {
      const row = await table.findUniqueOrThrow({ where: { id: agent.id } });
      expect(row.isActive).toBe(false);
      return row;
    });
    expect(disabled.disabledReason).toMatch(
      /^Each of the last \d+ attempts failed, over 0 hours; the last: answered 500\.$/,
    );
    expect(disabled).toMatchObject({ lastError: 'answered 500', disabledAt: expect.any(Date) });
    await stop();
    // Long after the end, had it not stood still.
    await world.database.query(
      `UPDATE agents SET disabled_at = disabled_at - interval '1 hour', failing_since = failing_since - interval '1 hour'`,
    );
    await world.database.query(`UPDATE deliveries SET opened_at = opened_at - interval '1 hour'`);
    await table.update({
      where: { id: agent.id },
      data: { isActive: true, consecutiveFailures: 0, failingSince: null },
    });
    await world.database.query('UPDATE deliveries SET next_attempt_at = now()');
    sink.respondWith((_request, index) => ({ status: index % 2 === 0 ? 500 : 200 }));
    await world.start({ env: { DELIVERY_GIVE_UP_MS: '2500' }, policy: { delivery: FAST_RETRIES } });
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject([{ status: 'delivered' }]),
    );
  });

  test('a success starts the count of failures again', async () => {
    const sink = await aSink();
    sink.respondWith((_request, index) => ({ status: index < 2 ? 500 : 200 }));
    const agent = await world.anAgent(sink);
    const { transport } = await world.start({ policy: { delivery: FAST_RETRIES } });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => expect((await world.deliveries())[0]?.status).toBe('delivered'));
    const row = await world.database.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
    expect(row.consecutiveFailures).toBe(0);
  });

  test('410 disables the agent, and what waits for it stays', async () => {
    const sink = await aSink();
    sink.respondWith({ status: 410 });
    const agent = await world.anAgent(sink, { maxConcurrency: 1 });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      const row = await world.database.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
      expect(row).toMatchObject({ isActive: false, disabledReason: 'It answered 410 Gone.' });
    });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      const alerts = await world.database.prisma.alert.count({ where: { stage: 'dispatched' } });
      expect(alerts).toBe(2);
    });
    expect(sink.requests).toHaveLength(1);
    expect((await world.deliveries())[0]).toMatchObject({ status: 'dead', attemptCount: 1 });
  });

  test.each([
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'rejected'],
    ['a hang-up', { hangUp: true }, 'unreachable'],
  ])('follow %s', async (_name, answer, outcome) => {
    const sink = await aSink();
    sink.respondWith((_request, index) => (index === 0 ? answer : {}));
    await world.anAgent(sink);
    const { transport } = await world.start({ policy: { delivery: FAST_RETRIES } });
    await transport.publish((await world.anEnrichedAlert()).message);
    const attempts = await eventually(async () => {
      const [delivery] = await world.deliveries();
      expect(delivery?.status).toBe('delivered');
      return delivery!.attempts;
    });
    expect(attempts.map((attempt) => attempt.outcome)).toEqual([outcome, 'delivered']);
  });

  test('a breaker spares an agent that fails, then lets one probe through', async () => {
    const sink = await aSink();
    const arrivals = () => sink.requests.map(({ receivedAt }) => receivedAt.getTime());
    // Fails until the breaker is open, and is well again before the probe comes.
    sink.respondWith(({ receivedAt }, index) => ({
      status: index < 3 || receivedAt.getTime() - (arrivals()[2] ?? 0) < 500 ? 500 : 200,
    }));
    await world.anAgent(sink, { maxConcurrency: 2 });
    const { transport } = await world.start({
      policy: {
        delivery: { retryDelaysMs: Array<number>(9).fill(10), disableAfterFailures: 1_000 },
        breaker: { failureThreshold: 3, minOpenMs: 700, maxOpenMs: 700 },
      },
    });
    for (let n = 0; n < 5; n++) await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      expect((await world.deliveries()).map(({ status }) => status)).toEqual(
        Array<string>(5).fill('delivered'),
      );
    });
    const times = arrivals();
    const probe = times.findIndex(
      (time, index) => index >= 3 && time - (times[index - 1] ?? time) >= 600,
    );
    // Three failures open it; a fourth attempt may have been under way.
    expect([3, 4]).toContain(probe);
  });
});

describe('isolation', () => {
  test('an agent that hangs does not move the latency of another', async () => {
    const [hanging, quick] = [await aSink(), await aSink()];
    hanging.respondWith({ delayMs: 60_000 });
    await world.anAgent(hanging, { timeoutSeconds: 30 });
    await world.anAgent(quick);
    const { transport } = await world.start();
    const sentAt = new Map<string, number>();
    for (let n = 0; n < 40; n++) {
      const { id, message } = await world.anEnrichedAlert();
      sentAt.set(id, Date.now());
      await transport.publish(message);
    }
    await eventually(() => expect(quick.requests).toHaveLength(40));
    const latencies = quick.requests
      .map(({ body, receivedAt }) => {
        const { uuid } = pushPayloadSchema.parse(JSON.parse(body)).alert;
        return receivedAt.getTime() - sentAt.get(uuid)!;
      })
      .sort((a, b) => a - b);
    expect(latencies[Math.floor(latencies.length * 0.95)]).toBeLessThan(1_000);
    expect(hanging.requests).toHaveLength(4);
  });

  test('agents whose names no server tells do not move the latency of another', async () => {
    const dns = await startDnsServer();
    dns.respondWith(({ name }) =>
      name === 'good.example' ? { addresses: ['127.0.0.1'], ttlSeconds: 0 } : { isSilent: true },
    );
    const sink = await aSink();
    // Each push needs a connection, and each connection the name.
    sink.respondWith({ headers: { connection: 'close' } });
    const { port } = new URL(sink.url);
    const at = (name: string) => ({ url: `http://${name}.example:${port}` });
    const dead = await Promise.all([1, 2, 3, 4].map((n) => world.anAgent(at(`dead${n}`))));
    const good = await world.anAgent(at('good'));
    const { transport, stop } = await world.start({ env: { EGRESS_DNS_SERVERS: dns.address } });
    const alerts = 20;
    for (let count = 0; count < alerts; count += 1) {
      await transport.publish((await world.anEnrichedAlert()).message);
    }
    await eventually(() => expect(sink.requests).toHaveLength(alerts));
    // All that while, no more than the first pushes to the others, and those that replaced them before the breaker
    // opened, were given up.
    const others = (await world.deliveries()).filter(({ agentId }) => agentId !== good.id);
    const givenUp = others.flatMap(({ attempts }) => attempts);
    expect(givenUp.length).toBeLessThanOrEqual(2 * dead.length * AGENT_CONCURRENCY.default);
    const deadNames = dns.questions.filter(({ name }) => name.startsWith('dead'));
    expect(new Set(deadNames.map(({ name }) => name)).size).toBe(dead.length);
    await eventually(
      async () => {
        const failed = (await world.deliveries()).filter(({ lastError }) => lastError !== null);
        expect(new Set(failed.map(({ lastError }) => lastError))).toEqual(new Set(['EAI_AGAIN']));
        expect(new Set(failed.map(({ agentId }) => agentId)).size).toBe(dead.length);
      },
      { timeoutMs: 4 * RESOLVER_LIMITS.lookupTimeoutMs },
    );
    await stop();
    await dns[Symbol.asyncDispose]();
  });

  test('what does not fit into a queue waits in Postgres and is not lost', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 10 });
    await world.anAgent(sink, { maxConcurrency: 2 });
    const { transport } = await world.start({
      policy: { queues: { maxQueued: 2, maxUrgentExtra: 0 } },
    });
    const alerts = await Promise.all(
      Array.from({ length: 30 }, async () => await world.anEnrichedAlert()),
    );
    for (const { message } of alerts) await transport.publish(message);
    await eventually(async () => {
      const rows = await world.deliveries();
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(30);
    });
    expect(sink.requests).toHaveLength(30);
    expect(new Set(idsOf(sink)).size).toBe(30);
  });

  test('an agent that takes many at a time is pushed to over connections that stay open', async () => {
    let connections = 0;
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end());
    });
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await world.anAgent({ url }, { maxConcurrency: 48 });
    const { transport, stop } = await world.start();
    const alerts = await Promise.all(
      Array.from({ length: 300 }, async () => await world.anEnrichedAlert()),
    );
    for (const { message } of alerts) await transport.publish(message);
    await eventually(async () => {
      const rows = await world.deliveries();
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(300);
    });
    await stop();
    server.close();
    expect(connections).toBeLessThanOrEqual(48);
  });

  test('a critical alert overtakes low ones that wait for the same agent', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 100 });
    await world.anAgent(sink, { maxConcurrency: 1 });
    const { transport } = await world.start();
    for (let n = 0; n < 6; n++) {
      await transport.publish(
        (await world.anEnrichedAlert({ title: 'Low', severity: 'Low' })).message,
      );
    }
    await eventually(() => expect(sink.requests).toHaveLength(1));
    const critical = await world.anEnrichedAlert({ title: 'Critical', severity: 'Critical' });
    await transport.publish(critical.message);
    await eventually(() => expect(titlesOf(sink)).toContain('Critical'));
    expect(titlesOf(sink).indexOf('Critical')).toBeLessThan(4);
  });

  test('an agent whose secrets cannot be read keeps its deliveries, and hinders nobody', async () => {
    const [broken, sound] = [await aSink(), await aSink()];
    const { id } = await world.anAgent(broken);
    await world.anAgent(sound);
    await world.database.prisma.agent.update({
      where: { id },
      data: { signingSecretEncrypted: 'v1:00000000:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAA' },
    });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => expect(sound.requests).toHaveLength(1));
    expect(broken.requests).toEqual([]);
    await eventually(async () => {
      const rows = await world.deliveries();
      expect(rows.find(({ agentId }) => agentId === id)).toMatchObject({
        status: 'pending',
        attemptCount: 0,
        leasedUntil: null,
      });
    });
  });
});

describe('many agents', () => {
  /** Alerts of an agent that is asked at random in between; their times on the way, ms. */
  async function pushLatencies(quick: readonly WebhookSink[], publish: () => Promise<string>) {
    const sentAt = new Map<string, number>();
    for (let n = 0; n < 30; n += 1) sentAt.set(await publish(), Date.now());
    await eventually(() => {
      for (const sink of quick) expect(sink.requests).toHaveLength(30);
    });
    const latencies = quick.flatMap((sink) =>
      sink.requests.map(({ body, receivedAt }) => {
        const { uuid } = pushPayloadSchema.parse(JSON.parse(body)).alert;
        return receivedAt.getTime() - sentAt.get(uuid)!;
      }),
    );
    return latencies.sort((a, b) => a - b);
  }

  test('one that hangs, one that fails and one that refuses large alerts hold up no other', async () => {
    const quick = await Promise.all(Array.from({ length: 7 }, aSink));
    const [hanging, failing, small] = [await aSink(), await aSink(), await aSink()];
    hanging.respondWith({ delayMs: 60_000 });
    failing.respondWith({ status: 500 });
    small.respondWith(({ body }) => ({ status: body.length > 20_000 ? 413 : 200 }));
    for (const sink of [...quick, failing, small]) await world.anAgent(sink);
    await world.anAgent(hanging, { timeoutSeconds: 30 });
    const { transport } = await world.start();
    const padding = 'x'.repeat(30_000);
    const latencies = await pushLatencies(quick, async () => {
      const { id, message } = await world.anEnrichedAlert({
        severity: 'Medium',
        rawPayload: JSON.stringify({ padding }),
      });
      await transport.publish(message);
      return id;
    });
    expect(latencies[Math.floor(latencies.length * 0.95)]).toBeLessThan(2_000);
    // What it refuses is no reason to keep what it takes from it.
    const critical = await world.anEnrichedAlert({ severity: 'Critical', title: 'Small' });
    const sentAt = Date.now();
    await transport.publish(critical.message);
    await eventually(() => expect(titlesOf(small)).toContain('Small'));
    const arrived = small.requests.find(({ body }) => body.includes(critical.id));
    expect(arrived!.receivedAt.getTime() - sentAt).toBeLessThan(2_000);
  });

  test('one that asks for time gets everything afterwards, the most urgent first', async () => {
    const sink = await aSink();
    let isBusy = true;
    const taken: string[] = [];
    sink.respondWith(({ body }) => {
      if (isBusy) return { status: 503, headers: { 'retry-after': '1' } };
      taken.push(pushPayloadSchema.parse(JSON.parse(body)).alert.severity);
      return {};
    });
    await world.anAgent(sink, { maxConcurrency: 1 });
    const { transport } = await world.start({
      policy: { delivery: { retryDelaysMs: [100, 600_000], disableAfterFailures: 1_000 } },
    });
    const severities = ['Low', 'Medium', 'Critical', 'Informational', 'High'] as const;
    for (let round = 0; round < 4; round += 1) {
      for (const severity of severities) {
        await transport.publish((await world.anEnrichedAlert({ severity })).message);
      }
    }
    await eventually(() => expect(sink.requests.length).toBeGreaterThanOrEqual(4));
    expect((await world.deliveries()).every(({ status }) => status === 'pending')).toBe(true);
    isBusy = false;
    await eventually(() => expect(taken).toHaveLength(20));
    // The first is the probe that found it back.
    const order = ['Critical', 'High', 'Medium', 'Low', 'Informational'];
    const ranks = taken.slice(1).map((severity) => order.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(idsOf(sink)).size).toBe(20);
  });
});

describe('TLS', () => {
  test('trusts the authority of an agent, and shows it the certificate that it was given', async () => {
    const seen: (string | undefined)[] = [];
    const { server: own, client, authority } = TEST_TLS;
    const server = createHttpsServer(
      { ...own, ca: authority, requestCert: true, rejectUnauthorized: true },
      (incoming, answer) => incoming.resume().on('end', () => answer.end()),
    );
    server.on('secureConnection', (socket) => {
      seen.push(String(socket.getPeerCertificate().subject.CN));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await world.anAgent(
      { url },
      { tls: { ca: authority, certificate: client.cert, key: client.key } },
    );
    await world.anAgent({ url }, { name: 'without' });
    const { transport, stop } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      const attempts = (await world.deliveries()).flatMap((delivery) => delivery.attempts);
      expect(attempts.map(({ outcome }) => outcome).sort()).toEqual(['delivered', 'unreachable']);
      expect(attempts.find(({ error }) => error !== null)?.error).toContain(
        '`tls.ca` of the agent',
      );
    });
    await stop();
    server.close();
    expect(seen).toEqual(['test agent client']);
  });
});

describe('dispatchers that come and go', () => {
  test('the delivery of one that died is made by another, under the same webhook-id', async () => {
    const sink = await aSink();
    const agent = await world.anAgent(sink);
    const alert = await world.anEnrichedAlert();
    const store = createDispatchStore(world.database);
    const id = newUuid();
    const created = await store.createDeliveries(
      [
        {
          alertId: alert.id,
          revision: 1,
          severity: 'High',
          deliveries: [{ id, agentId: agent.id, leaseToken: newUuid() }],
          activity: {},
        },
      ],
      1_000,
    );
    expect([...created.keys()]).toEqual([id]);
    const leasedAt = Date.now();
    await world.start();
    await eventually(() => expect(idsOf(sink)).toEqual([`msg_${id}`]));
    expect(sink.requests[0]!.receivedAt.getTime() - leasedAt).toBeGreaterThanOrEqual(900);
  });

  test('leases are renewed while an attempt takes longer than they last', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 2_500 });
    await world.anAgent(sink);
    const env = { DELIVERY_LEASE_MS: '1000', DELIVERY_DRAIN_MS: '5000' };
    const { transport } = await world.start({ env });
    await world.start({ env });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => expect((await world.deliveries())[0]?.status).toBe('delivered'));
    expect(sink.requests).toHaveLength(1);
  });

  test('what another has claimed meanwhile is not pushed', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 1_500 });
    await world.anAgent(sink, { maxConcurrency: 1 });
    const { transport } = await world.start({ env: { DELIVERY_LEASE_MS: '1000' } });
    for (let n = 0; n < 3; n++) await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => {
      expect(sink.requests).toHaveLength(1);
      expect(await world.deliveries()).toHaveLength(3);
    });
    // What the queue of another dispatcher holds.
    const taken = await world.database.query<{ id: string }>(
      `UPDATE deliveries SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 hour'
        WHERE 'msg_' || id <> $1 RETURNING id`,
      [idsOf(sink)[0]],
    );
    expect(taken.rows).toHaveLength(2);
    const late = await world.anEnrichedAlert();
    await transport.publish(late.message);
    await eventually(() => expect(sink.requests).toHaveLength(2));
    expect(sink.requests[1]!.body).toContain(late.id);
    // An answer makes room for the next push before it is recorded.
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject(
        ['delivered', 'pending', 'pending', 'pending'].map((status) => ({ status })),
      ),
    );
  });

  test('several share a backlog and push everything once', async () => {
    const sink = await aSink();
    await world.anAgent(sink, { maxConcurrency: 4 });
    const store = createDispatchStore(world.database);
    const [agent] = await store.loadAgents();
    const alerts = await Promise.all(
      Array.from({ length: 60 }, async () => await world.anEnrichedAlert()),
    );
    await store.createDeliveries(
      alerts.map(({ id }) => ({
        alertId: id,
        revision: 1,
        severity: 'High',
        deliveries: [{ id: newUuid(), agentId: agent!.id }],
        activity: {},
      })),
      1_000,
    );
    await Promise.all([world.start(), world.start(), world.start()]);
    await eventually(async () => {
      const rows = await world.deliveries();
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(60);
    });
    expect(idsOf(sink)).toHaveLength(60);
    expect(new Set(idsOf(sink)).size).toBe(60);
  });

  test('drain lets attempts end, gives back the rest, and the next dispatcher makes them', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 200 });
    await world.anAgent(sink, { maxConcurrency: 1 });
    const { transport, stop } = await world.start();
    for (let n = 0; n < 3; n++) await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    await stop();
    const rows = await world.deliveries();
    expect(rows.map(({ status }) => status).sort()).toEqual(['delivered', 'pending', 'pending']);
    expect(rows.every(({ leasedUntil }) => leasedUntil === null)).toBe(true);
    await world.start();
    await eventually(() => expect(new Set(idsOf(sink)).size).toBe(3));
  });

  test('drain does not wait for an agent that hangs', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 60_000 });
    await world.anAgent(sink, { timeoutSeconds: 60 });
    const { transport, stop } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    const startedAt = Date.now();
    await stop();
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await world.deliveries()).toMatchObject([
      {
        status: 'pending',
        attemptCount: 1,
        leasedUntil: null,
        attempts: [{ number: 1, outcome: 'interrupted' }],
      },
    ]);
    sink.respondWith({ status: 204 });
    await world.start();
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject([
        { status: 'delivered', attempts: [{ number: 1 }, { number: 2, outcome: 'delivered' }] },
      ]),
    );
    expect(new Set(idsOf(sink)).size).toBe(1);
  });
});

describe('draining', () => {
  test('does not wait for a test push that hangs', async () => {
    const sink = await aSink();
    sink.respondWith({ delayMs: 60_000 });
    const agent = await world.anAgent(sink, { timeoutSeconds: 60 });
    const { transport, stop } = await world.start();
    const request = transport
      .request(REQUESTS.testPush, { agent_id: agent.id })
      .catch((error: unknown) => error);
    await eventually(() => expect(sink.requests).toHaveLength(1));
    const startedAt = Date.now();
    await stop();
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await request).toMatchObject({ outcome: 'interrupted' });
  });

  test('takes no delivery back from a dispatcher that has claimed it meanwhile', async () => {
    const [hanging, failing] = [await aSink(), await aSink()];
    hanging.respondWith({ delayMs: 60_000 });
    failing.respondWith({ status: 500, delayMs: 200 });
    await world.anAgent(hanging, { timeoutSeconds: 60 });
    const agent = await world.anAgent(failing);
    const { transport, stop } = await world.start({
      env: { DELIVERY_DRAIN_MS: '1500' },
      policy: { delivery: { retryDelaysMs: [1], disableAfterFailures: 100 } },
    });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(() => {
      expect([hanging.requests.length, failing.requests.length]).toEqual([1, 1]);
    });
    const stopping = stop();
    const store = createDispatchStore(world.database);
    await eventually(async () => {
      const claimed = await store.claimDue([{ agentId: agent.id, limit: 1 }], 60_000);
      expect(claimed).toMatchObject([{ attemptCount: 1 }]);
    });
    await stopping;
    const rows = await world.deliveries();
    const leases = new Map(rows.map(({ agentId, leasedUntil }) => [agentId, leasedUntil]));
    expect(leases.get(agent.id)).toBeInstanceOf(Date);
    expect([...leases.values()].filter((lease) => lease === null)).toHaveLength(1);
  });
});

describe('safety', () => {
  test('pushes reach no address that the guard refuses', async () => {
    const sink = await aSink();
    await world.anAgent(sink);
    await world.anAgent({ url: 'http://169.254.169.254' });
    const { transport } = await world.start({ env: { CALSETA_EGRESS_ALLOW: '' } });
    await transport.publish((await world.anEnrichedAlert()).message);
    const attempts = await eventually(async () => {
      const rows = (await world.deliveries()).flatMap((delivery) => delivery.attempts);
      expect(rows).toHaveLength(2);
      return rows;
    });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['blocked', 'blocked']);
    expect(sink.requests).toEqual([]);
  });

  test('keeps a bounded part of the answer, without the secrets that it echoes', async () => {
    const sink = await aSink();
    sink.respondWith(({ headers }) => ({
      body: `${JSON.stringify(headers)}${'x'.repeat(100_000)}`,
    }));
    const { secret, authHeader } = await world.anAgent(sink);
    const { transport, stop } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () => expect((await world.deliveries())[0]?.status).toBe('delivered'));
    await stop();
    const [delivery] = await world.deliveries();
    const { responseBody } = delivery!.attempts[0]!;
    expect(responseBody).toHaveLength(4_096);
    expect(responseBody).toContain('[redacted]');
    const everything = JSON.stringify([delivery, world.logs]);
    const signature = String(sink.requests[0]?.headers['webhook-signature']);
    expect(signature).toMatch(/^v1,.{44}$/);
    const credentials = [authHeader.split(' ')[1]!, secret.slice(6), signature.slice(3)];
    for (const text of [authHeader, secret, signature, ...credentials]) {
      expect(everything).not.toContain(text);
    }
  });
});

describe('what an agent answers', () => {
  test('is kept without the path that it was asked for, which may be the credential', async () => {
    const sink = await aSink();
    sink.respondWith(({ path }) => ({ status: 404, body: `Cannot POST ${path}, ${path}?at=1` }));
    await world.anAgent({ url: `${sink.url}/hooks/T0KEN-in-the-path` });
    const { transport } = await world.start();
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () =>
      expect((await world.deliveries())[0]?.attempts[0]?.responseBody).toBe(
        'Cannot POST [redacted], [redacted]?at=1',
      ),
    );
  });
});

describe('a success', () => {
  test.each<[string, (answer: ServerResponse) => void, object]>([
    [
      'streams on',
      (answer) => void answer.writeHead(200).write('{"ok":'),
      { responseBody: '{"ok":', note: expect.stringMatching(/^its body had not ended after/) },
    ],
    [
      'breaks off',
      (answer) => {
        answer.writeHead(200, { 'content-length': 9 });
        answer.write('half', () => setTimeout(() => answer.destroy(), 20));
      },
      { responseBody: 'half', note: expect.stringMatching(/^its body broke off/) },
    ],
    [
      'is packed',
      (answer) =>
        answer.writeHead(202, { 'content-encoding': 'gzip' }).end(gzipSync('gern, schön')),
      { responseBody: 'gern, schön', note: null },
    ],
  ])('whose body %s is one attempt, read as far as it goes', async (_, respond, attempt) => {
    let requests = 0;
    const server = createServer((incoming, answer) => {
      requests += 1;
      incoming.resume().on('end', () => respond(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await world.anAgent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const { transport, stop } = await world.start({ policy: { delivery: FAST_RETRIES } });
    await transport.publish((await world.anEnrichedAlert()).message);
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject([
        { status: 'delivered', attempts: [{ outcome: 'delivered', error: null, ...attempt }] },
      ]),
    );
    await stop();
    server.closeAllConnections();
    server.close();
    expect(requests).toBe(1);
  });
});

describe('a test push', () => {
  test('is a signed sample, recorded as a test and answered with its outcome', async () => {
    const sink = await aSink();
    const { transport } = await world.start();
    const agent = await world.anAgent(sink, { isActive: false });
    const answer = await transport.request(REQUESTS.testPush, { agent_id: agent.id });
    expect(answer).toEqual({
      outcome: 'delivered',
      status_code: 200,
      duration_ms: expect.any(Number),
      webhook_id: sink.requests[0]!.headers['webhook-id'],
      alert_uuid: expect.any(String),
    });
    const payload = pushPayloadSchema.parse(verify(agent.secret, sink.requests[0]!));
    expect(payload.alert.uuid).toBe(answer.alert_uuid);
    expect(payload.alert).toMatchObject({ title: 'Test alert from Calseta', tags: ['test'] });
    const [delivery] = await world.deliveries();
    expect(delivery).toMatchObject({
      kind: 'test',
      status: 'delivered',
      attempts: [{ number: 1 }],
    });
    expect(idsOf(sink)).toEqual([`msg_${delivery!.id}`]);
  });

  test('changes when it is parsed and written again, and the answer says what a refusal may mean', async () => {
    const sink = await aSink();
    const { transport } = await world.start();
    const agent = await world.anAgent(sink);
    sink.respondWith({ status: 401 });
    const answer = await transport.request(REQUESTS.testPush, { agent_id: agent.id });
    expect(answer).toMatchObject({ outcome: 'rejected', status_code: 401 });
    expect(answer.error).toContain('verify the signature over the bytes as they came');
    const { body } = sink.requests[0]!;
    for (const part of ['{ "event"', String.raw`caf\u00e9 – ünïcode`, '9007199254740993', '1.10']) {
      expect(body).toContain(part);
    }
    const rewritten = { ...sink.requests[0]!, body: JSON.stringify(JSON.parse(body)) };
    expect(() => verify(agent.secret, rewritten)).toThrow('No matching signature');
    const payload = pushPayloadSchema.parse(verify(agent.secret, sink.requests[0]!));
    expect(payload.alert._metadata.test).toBe(true);
  });

  test.each([200, 410])(
    'is answered when its agent is deleted while the attempt is recorded: %d',
    async (status) => {
      const sink = await aSink();
      sink.respondWith({ status, delayMs: 500 });
      const { transport } = await world.start();
      const agent = await world.anAgent(sink);
      const asked = transport.request(REQUESTS.testPush, { agent_id: agent.id });
      await eventually(() => expect(sink.requests).toHaveLength(1));
      await world.database.transaction(async (client) => {
        await client.query('DELETE FROM agents WHERE id = $1', [agent.id]);
        await eventually(async () => {
          const { rows } = await world.database.query(
            `SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          expect(rows).toHaveLength(1);
        });
      });
      expect(await asked).toMatchObject({ status_code: status });
    },
  );

  test('that fails is not repeated and does not count against the agent', async () => {
    const sink = await aSink();
    sink.respondWith({ status: 410 });
    const { transport } = await world.start();
    const agent = await world.anAgent(sink);
    expect(await transport.request(REQUESTS.testPush, { agent_id: agent.id })).toMatchObject({
      outcome: 'rejected',
      status_code: 410,
      error: 'answered 410 Gone',
    });
    expect(await world.deliveries()).toMatchObject([{ status: 'dead' }]);
    const row = await world.database.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
    expect(row).toMatchObject({ isActive: true, consecutiveFailures: 0 });
  });
});

describe('sweeping', () => {
  test('an alert whose message was lost is pushed all the same', async () => {
    const sink = await aSink();
    await world.anAgent(sink);
    await world.anEnrichedAlert();
    await world.database.query('UPDATE alerts SET next_sweep_at = now()');
    await world.start({ env: { SWEEP_INTERVAL_MS: '100' }, policy: { breaker: CALM_BREAKER } });
    await eventually(() => expect(sink.requests).toHaveLength(1));
  });
});

async function linkIndicators(alertIds: string[]) {
  const indicator = await world.database.prisma.indicator.create({
    data: {
      id: newUuid(),
      type: 'ip',
      value: '185.220.101.47',
      classification: 'public',
      malice: 'Malicious',
      firstSeenAt: new Date(),
      lastSeenAt: new Date(),
      results: {
        create: [
          result('virustotal', { malicious_count: 14, country: 'DE' }),
          result('abuseipdb', { abuse_confidence_score: 97 }),
          { ...result('greynoise', {}), status: 'failed' },
        ],
      },
    },
  });
  await world.database.prisma.alertIndicator.createMany({
    data: alertIds.map((alertId) => ({ alertId, indicatorId: indicator.id, position: 0 })),
  });
}

const result = (providerName: string, extracted: Record<string, string | number>) => ({
  providerName,
  configVersion: 1,
  status: 'success' as 'success' | 'failed',
  extracted,
  fetchedAt: new Date(),
  expiresAt: new Date(Date.now() + 60_000),
});

/** An alert with everything around it that the documentation's example has. */
async function seedDocumentedAlert() {
  const { prisma } = world.database;
  const rule = await prisma.detectionRule.create({
    data: {
      name: 'Suspicious Auth - Impossible Travel',
      mitreTactics: ['TA0001'],
      mitreTechniques: ['T1078'],
      documentation: '## Overview\nDetects impossible travel...',
    },
  });
  const document = { docType: 'runbook', content: '## Scope\n...' } as const;
  await prisma.contextDocument.createMany({
    data: [
      { ...document, title: 'Identity IR Runbook', isGlobal: true },
      {
        ...document,
        title: 'For another source',
        targetingRules: { all: [{ field: 'source_name', op: 'eq', value: 'elastic' }] },
      },
    ],
  });
  await prisma.workflow.createMany({
    data: [
      {
        name: 'Revoke User Session',
        documentation: 'Revokes all active sessions...',
        approvalMode: 'always',
        riskLevel: 'high',
        indicatorTypes: ['ip'],
      },
      { name: 'Detonate file', indicatorTypes: ['hash_sha256'] },
    ],
  });
  const alert = await world.anEnrichedAlert({
    detectionRuleId: rule.id,
    rawPayload: '{"...": "original source data", "record_id": 9007199254740993}',
  });
  await linkIndicators([alert.id]);
  return alert;
}

/** The example of the documentation, with the ids and times of this alert. */
const documentedPayload = (uuid: string) => ({
  event: 'alert.enriched',
  alert: {
    uuid,
    title: 'Impossible Travel Detected',
    severity: 'High',
    source_name: 'sentinel',
    status: 'Open',
    occurred_at: '2025-01-15T10:28:00Z',
    tags: ['identity', 'auth'],
    raw_payload: { '...': 'original source data' },
    _metadata: {
      generated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown as string,
      alert_source: 'sentinel',
      indicator_count: 1,
      enrichment: {
        succeeded: ['virustotal', 'abuseipdb'],
        failed: [],
        enriched_at: '2025-01-15T10:30:05Z',
      },
      detection_rule_matched: true,
      context_documents_applied: 1,
    },
  },
  indicators: [
    {
      type: 'ip',
      value: '185.220.101.47',
      malice: 'Malicious',
      enrichment_results: {
        virustotal: { extracted: { malicious_count: 14, country: 'DE' } },
        abuseipdb: { extracted: { abuse_confidence_score: 97 } },
      },
    },
  ],
  detection_rule: {
    name: 'Suspicious Auth - Impossible Travel',
    mitre_tactics: ['TA0001'],
    mitre_techniques: ['T1078'],
    documentation: '## Overview\nDetects impossible travel...',
  },
  context_documents: [
    { title: 'Identity IR Runbook', doc_type: 'runbook', content: '## Scope\n...' },
  ],
  workflows: [
    {
      uuid: expect.any(String) as unknown as string,
      name: 'Revoke User Session',
      documentation: 'Revokes all active sessions...',
      approval_mode: 'always',
      risk_level: 'high',
    },
  ],
});

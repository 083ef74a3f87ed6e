import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid, type Severity } from '@calseta/common';
import {
  type AttemptRecord,
  createDispatchStore,
  type Database,
  type DispatchStore,
  openDatabase,
  type StoredAlertContext,
} from '@calseta/database';
import { aTestDelivery, eventually, type TestDatabase, testDatabase } from '@calseta/testing';

let server: TestDatabase;
let database: Database;
let store: DispatchStore;

beforeAll(async () => {
  server = await testDatabase();
  database = await openDatabase({
    url: server.url,
    poolSize: 8,
    applicationName: 'dispatch-store-test',
    statementTimeoutMs: 5_000,
  });
  store = createDispatchStore(database);
});
afterEach(async () => {
  await database.query('TRUNCATE alerts, agents CASCADE');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.drop();
});

const anAgent = async () =>
  await database.prisma.agent.create({
    data: {
      name: newUuid(),
      webhookUrl: 'https://agent.example.com/',
      signingSecretEncrypted: 'x',
    },
  });

async function anAlert(stage = 'enriched', revision = 1) {
  const id = newUuid();
  await database.query(
    `INSERT INTO alerts (id, source_name, dedup_key, title, severity, tags, occurred_at, received_at,
                         last_seen_at, raw_payload, stage, stage_changed_at, next_sweep_at, revision,
                         mitre_tactics, mitre_techniques, ingest_notes, enrichment_succeeded, enrichment_failed)
     VALUES ($1::uuid, 'generic', $1::text, 'T', 'Low', '{}', now(), now(), now(), '{}', $2::pipeline_stage,
             now(), now(), $3, '{}', '{}', '{}', '{}', '{}')`,
    [id, stage, revision],
  );
  return id;
}

const dispatchOf = (alertId: string, agentId: string) => ({
  alertId,
  revision: 1,
  severity: 'Low' as const,
  deliveries: [{ id: newUuid(), agentId }],
  activity: { agents_matched: 1 },
});

async function someDue(agentId: string, count: number) {
  const alerts = await Promise.all(Array.from({ length: count }, async () => await anAlert()));
  await store.createDeliveries(
    alerts.map((alertId) => dispatchOf(alertId, agentId)),
    1_000,
  );
}

describe('createDeliveries', () => {
  test('makes deliveries and moves the alert in one go, once', async () => {
    const [agent, alertId] = [await anAgent(), await anAlert()];
    const dispatches = Array.from({ length: 5 }, () => dispatchOf(alertId, agent.id));
    const made = await Promise.all(
      dispatches.map(async (dispatch) => await store.createDeliveries([dispatch, dispatch], 1_000)),
    );
    expect(made.map(({ size }) => size).sort()).toEqual([0, 0, 0, 0, 1]);
    const alert = await database.prisma.alert.findUniqueOrThrow({
      where: { id: alertId },
      include: { deliveries: true, activity: true },
    });
    expect(alert).toMatchObject({
      stage: 'dispatched',
      deliveries: [{ status: 'pending', kind: 'alert', leasedUntil: null }],
      activity: [{ kind: 'dispatched', actor: 'dispatcher', detail: { agents_matched: 1 } }],
    });
  });

  test.each([
    ['that was moved on', 'dispatched', 1],
    ['that is not enriched yet', 'extracted', 1],
    ['of another revision', 'enriched', 2],
  ])('makes nothing for an alert %s', async (_name, stage, revision) => {
    const [agent, alertId] = [await anAgent(), await anAlert(stage, revision)];
    expect(await store.createDeliveries([dispatchOf(alertId, agent.id)], 1_000)).toEqual(new Map());
    expect(await database.prisma.delivery.count()).toBe(0);
  });

  test('of two revisions in one batch, only the current one is dispatched', async () => {
    const [then, now] = [await anAgent(), await anAgent()];
    for (const currentFirst of [true, false]) {
      const alertId = await anAlert('enriched', 2);
      const stale = dispatchOf(alertId, then.id);
      const current = { ...dispatchOf(alertId, now.id), revision: 2 };
      const batch = currentFirst ? [current, stale] : [stale, current];
      expect(await store.createDeliveries(batch, 1_000)).toEqual(
        new Map([[current.deliveries[0]!.id, undefined]]),
      );
    }
  });

  test('an agent deleted meanwhile is passed over, and hinders no other delivery', async () => {
    const [agent, alertId] = [await anAgent(), await anAlert()];
    const { deliveries, ...dispatch } = dispatchOf(alertId, agent.id);
    const ghost = { id: newUuid(), agentId: newUuid(), leaseToken: newUuid() };
    const made = await store.createDeliveries(
      [{ ...dispatch, deliveries: [...deliveries, ghost] }],
      1_000,
    );
    expect([...made.keys()]).toEqual([deliveries[0]!.id]);
  });

  test('an agent that is being deleted is waited for, and hinders no other delivery', async () => {
    const [agent, leaving, alertId] = [await anAgent(), await anAgent(), await anAlert()];
    const { deliveries, ...dispatch } = dispatchOf(alertId, agent.id);
    const doomed = { id: newUuid(), agentId: leaving.id };
    const creating = await database.prisma.$transaction(async (tx) => {
      await tx.agent.delete({ where: { id: leaving.id } });
      const made = store.createDeliveries(
        [{ ...dispatch, deliveries: [...deliveries, doomed] }],
        1_000,
      );
      await eventually(async () => {
        const { rows } = await database.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%given.mute_id%'`,
        );
        expect(rows).toHaveLength(1);
      });
      return { made };
    });
    expect([...(await creating.made).keys()]).toEqual([deliveries[0]!.id]);
  });
});

describe('claimDue', () => {
  test('gives each agent up to its limit, whatever the backlog of another', async () => {
    const [busy, quiet] = [await anAgent(), await anAgent()];
    await someDue(busy.id, 20);
    await someDue(quiet.id, 1);
    const claimed = await store.claimDue(
      [
        { agentId: busy.id, limit: 3 },
        { agentId: quiet.id, limit: 3 },
      ],
      1_000,
    );
    expect(claimed.filter(({ agentId }) => agentId === busy.id)).toHaveLength(3);
    expect(claimed.filter(({ agentId }) => agentId === quiet.id)).toHaveLength(1);
  });

  test('gives a delivery to one claimant only, until its lease is released', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 30);
    const want = [{ agentId: agent.id, limit: 10 }];
    const claims = await Promise.all(
      Array.from({ length: 6 }, async () => await store.claimDue(want, 60_000)),
    );
    const leases = claims.flat();
    const ids = leases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // Some rows may be locked by another claimant; a later claim gets them.
    ids.push(
      ...(await store.claimDue([{ agentId: agent.id, limit: 30 }], 60_000)).map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(30);
    await store.releaseLeases(leases.slice(0, 1));
    expect(await store.claimDue(want, 60_000)).toMatchObject([{ id: ids[0] }]);
  });

  test('passes over what is not due, finished or a test', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 2);
    await store.createTestDelivery(aTestDelivery(agent.id));
    const [first, second] = await database.prisma.delivery.findMany({ where: { kind: 'alert' } });
    await store.recordAttempts([
      anAttempt(first!.id, agent.id, { status: 'pending', retryDelayMs: 60_000 }),
      anAttempt(second!.id, agent.id, { status: 'delivered' }),
    ]);
    expect(await store.claimDue([{ agentId: agent.id, limit: 9 }], 1_000)).toEqual([]);
  });
});

describe('claimDue', () => {
  async function aBacklog(severities: Severity[]) {
    const agent = await anAgent();
    const ids: string[] = [];
    for (const severity of severities) {
      const dispatch = { ...dispatchOf(await anAlert(), agent.id), severity };
      ids.push(...(await store.createDeliveries([dispatch], 1_000)).keys());
    }
    return { agentId: agent.id, ids };
  }

  test('takes the most urgent first, then what is due longest', async () => {
    const { agentId, ids } = await aBacklog(['Low', 'High', 'Critical', 'Low', 'High']);
    const [low1, high1, critical, low2, high2] = ids;
    const claimed = await store.claimDue([{ agentId, limit: 10 }], 1_000);
    expect(claimed.map(({ id }) => id)).toEqual([critical, high1, high2, low1, low2]);
    expect(claimed[0]!.openForMs).toBeGreaterThanOrEqual(0);
    expect(claimed[0]!.openForMs).toBeLessThan(60_000);
  });

  test('probes with what has been tried least, the most urgent of it', async () => {
    const { agentId, ids } = await aBacklog(['Critical', 'Low', 'High']);
    const [critical, low, high] = ids;
    await database.query('UPDATE deliveries SET attempt_count = 3 WHERE id = $1', [critical]);
    const order: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const claimed = await store.claimDue([{ agentId, limit: 1, isProbe: true }], 60_000);
      order.push(...claimed.map(({ id }) => id));
    }
    expect(order).toEqual([high, low, critical]);
  });

  test('counts no time while the agent is disabled', async () => {
    const { agentId } = await aBacklog(['Low']);
    const setActive = async (isActive: boolean) =>
      await database.prisma.agent.update({ where: { id: agentId }, data: { isActive } });
    await database.query(`UPDATE deliveries SET opened_at = opened_at - interval '10 hours'`);
    await setActive(false);
    await database.query(`UPDATE agents SET disabled_at = disabled_at - interval '7 hours'`);
    await setActive(true);
    const [claimed] = await store.claimDue([{ agentId, limit: 1 }], 1_000);
    expect(Math.round(claimed!.openForMs / 3_600_000)).toBe(3);
  });

  test('makes due what waits for an agent that is back, and of that agent alone', async () => {
    const [a, b] = [await aBacklog(['Low', 'High']), await aBacklog(['Low'])];
    await database.query(`UPDATE deliveries SET next_attempt_at = now() + interval '1 hour'`);
    await store.makeDue(a.agentId);
    const limits = [a, b].map(({ agentId }) => ({ agentId, limit: 10 }));
    const claimed = await store.claimDue(limits, 1_000);
    expect(claimed.map(({ id }) => id)).toEqual(a.ids.toReversed());
  });
});

/** A delivery whose lease expired at one dispatcher and was claimed by another. */
async function aLostLease() {
  const agent = await anAgent();
  await someDue(agent.id, 1);
  const want = [{ agentId: agent.id, limit: 1 }];
  const [lost] = await store.claimDue(want, 1);
  const standing = await eventually(async () => {
    const [claimed] = await store.claimDue(want, 60_000);
    expect(claimed).toMatchObject({ id: lost!.id });
    return claimed!;
  });
  const read = async () =>
    await database.prisma.delivery.findUniqueOrThrow({ where: { id: lost!.id } });
  return { agent, lost: lost!, standing, read };
}

describe('a lease', () => {
  test('is renewed and released by its holder', async () => {
    const { standing, read } = await aLostLease();
    const { leasedUntil } = await read();
    expect(await store.renewLeases([standing], 120_000)).toEqual(new Set([standing.id]));
    expect((await read()).leasedUntil!.getTime()).toBeGreaterThan(leasedUntil!.getTime());
    await store.releaseLeases([standing]);
    expect(await read()).toMatchObject({ leasedUntil: null, leaseToken: null });
  });

  test('that another has taken is neither renewed nor released', async () => {
    const { lost, standing, read } = await aLostLease();
    const before = await read();
    expect(await store.renewLeases([lost], 600_000)).toEqual(new Set());
    await store.releaseLeases([lost]);
    expect(await read()).toEqual(before);
    expect(before.leaseToken).toBe(standing.leaseToken);
  });

  test('is the maker’s from the start when the delivery is to be attempted at once', async () => {
    const [agent, alertId] = [await anAgent(), await anAlert()];
    const lease = { id: newUuid(), leaseToken: newUuid() };
    const dispatch = {
      ...dispatchOf(alertId, agent.id),
      deliveries: [{ ...lease, agentId: agent.id }],
    };
    await store.createDeliveries([dispatch], 60_000);
    expect(await store.claimDue([{ agentId: agent.id, limit: 1 }], 1_000)).toEqual([]);
    expect(await store.renewLeases([lease], 60_000)).toEqual(new Set([lease.id]));
  });

  test.each([['dead'], ['pending']] as const)(
    'that was lost leaves its delivery alone, and its attempt on record: %s',
    async (status) => {
      const { agent, lost, read } = await aLostLease();
      const before = await read();
      await store.recordAttempts([
        anAttempt(lost.id, agent.id, { leaseToken: lost.leaseToken, status, retryDelayMs: 60_000 }),
      ]);
      expect(await read()).toEqual(before);
      expect(await database.prisma.deliveryAttempt.count()).toBe(1);
      expect(
        await database.prisma.activity.findFirst({ where: { kind: 'delivery.attempted' } }),
      ).toMatchObject({ detail: { delivery_status: 'pending' } });
    },
  );

  test.each([['before'], ['after']])(
    'that was lost delivers all the same, %s the new holder gave up',
    async (order) => {
      const { agent, lost, standing, read } = await aLostLease();
      const delivered = anAttempt(lost.id, agent.id, {
        leaseToken: lost.leaseToken,
        status: 'delivered',
      });
      const dead = anAttempt(lost.id, agent.id, {
        leaseToken: standing.leaseToken,
        status: 'dead',
        error: 'answered 500',
        number: 2,
      });
      for (const record of order === 'before' ? [delivered, dead] : [dead, delivered]) {
        await store.recordAttempts([record]);
      }
      expect(await read()).toMatchObject({
        status: 'delivered',
        lastError: null,
        leasedUntil: null,
        leaseToken: null,
        finishedAt: expect.any(Date),
      });
    },
  );
});

const anAttempt = (
  deliveryId: string,
  agentId: string,
  overrides: Partial<AttemptRecord> = {},
): AttemptRecord => ({
  deliveryId,
  agentId,
  number: 1,
  startedAt: new Date(),
  durationMs: 5,
  outcome: 'rejected',
  status: 'pending',
  isCounted: true,
  ...overrides,
});

describe('recordAttempts', () => {
  test('counts failures in a row per agent, over batches', async () => {
    const [a, b] = [await anAgent(), await anAgent()];
    await someDue(a.id, 1);
    await someDue(b.id, 1);
    const rows = await database.prisma.delivery.findMany();
    const [ofA, ofB] = [a, b].map(({ id }) => rows.find(({ agentId }) => agentId === id)!.id);
    const fail = anAttempt(ofA!, a.id);
    const record = async (records: AttemptRecord[]) =>
      new Map([...(await store.recordAttempts(records))].map(([id, { count }]) => [id, count]));
    expect(await record([fail, anAttempt(ofB!, b.id)])).toEqual(
      new Map([
        [a.id, 1],
        [b.id, 1],
      ]),
    );
    expect(await record([fail])).toEqual(new Map([[a.id, 2]]));
    const success = { ...fail, status: 'delivered' as const };
    expect(await record([fail, success, fail])).toEqual(new Map([[a.id, 1]]));
  });

  test('writes down how the agent fares, and clears it with a success', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 1);
    const [delivery] = await database.prisma.delivery.findMany();
    const read = async () =>
      await database.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
    const fail = anAttempt(delivery!.id, agent.id, {
      error: 'answered 500',
      breakerWaitMs: 60_000,
    });
    await store.recordAttempts([fail]);
    await database.query(`UPDATE agents SET failing_since = failing_since - interval '1 hour'`);
    const failures = (await store.recordAttempts([fail])).get(agent.id);
    expect(failures?.count).toBe(2);
    expect(failures?.forMs).toBeGreaterThanOrEqual(3_600_000);
    const failing = await read();
    expect(failing).toMatchObject({ consecutiveFailures: 2, lastError: 'answered 500' });
    expect(failing.breakerOpenUntil!.getTime()).toBeGreaterThan(Date.now() + 30_000);
    await store.recordAttempts([anAttempt(delivery!.id, agent.id, { status: 'delivered' })]);
    expect(await read()).toMatchObject({
      consecutiveFailures: 0,
      failingSince: null,
      breakerOpenUntil: null,
      lastError: 'answered 500',
    });
  });

  test('an attempt that is repeated at once leaves the delivery to its holder', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 1);
    const [held] = await store.claimDue([{ agentId: agent.id, limit: 1 }], 60_000);
    const { id, leaseToken } = held!;
    const first = anAttempt(id, agent.id, { leaseToken, keepsLease: true, isCounted: false });
    expect(await store.recordAttempts([first])).toEqual(new Map());
    expect(await store.claimDue([{ agentId: agent.id, limit: 1 }], 60_000)).toEqual([]);
    expect(await store.renewLeases([{ id, leaseToken }], 60_000)).toEqual(new Set([id]));
    expect(await database.prisma.delivery.findFirst()).toMatchObject({ attemptCount: 1 });
  });

  test('leaves the version of the configuration alone', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 1);
    const [delivery] = await database.prisma.delivery.findMany();
    const before = await database.prisma.configVersion.findFirst();
    await store.recordAttempts([anAttempt(delivery!.id, agent.id)]);
    expect(await database.prisma.configVersion.findFirst()).toEqual(before);
    await store.disableAgent(agent.id, 'It answered 410 Gone.');
    expect(await database.prisma.configVersion.findFirst()).not.toEqual(before);
  });

  test('an attempt at a delivery deleted meanwhile fails no other', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 1);
    const [delivery] = await database.prisma.delivery.findMany();
    await store.recordAttempts([
      anAttempt(newUuid(), agent.id),
      anAttempt(delivery!.id, agent.id, { status: 'dead', error: 'answered 410 Gone' }),
    ]);
    expect(await database.prisma.deliveryAttempt.count()).toBe(1);
    expect(await database.prisma.delivery.findFirst()).toMatchObject({
      status: 'dead',
      lastError: 'answered 410 Gone',
      finishedAt: expect.any(Date),
    });
  });

  test('does not take back what was delivered', async () => {
    const agent = await anAgent();
    await someDue(agent.id, 1);
    const [delivery] = await database.prisma.delivery.findMany();
    await store.recordAttempts([anAttempt(delivery!.id, agent.id, { status: 'delivered' })]);
    await store.recordAttempts([anAttempt(delivery!.id, agent.id, { number: 2, status: 'dead' })]);
    expect(await database.prisma.delivery.findFirst()).toMatchObject({ status: 'delivered' });
    expect(await database.prisma.deliveryAttempt.count()).toBe(2);
  });
});

describe('loadContexts', () => {
  test('answers in the order asked, with gaps where there is no alert', async () => {
    const [first, second] = [await anAlert(), await anAlert()];
    const contexts = await store.loadContexts([second, newUuid(), first, second]);
    expect(contexts.map((context) => context?.alert.uuid)).toEqual([
      second,
      undefined,
      first,
      second,
    ]);
    expect(contexts[0]).toMatchObject({ rawPayloadJson: '{}', indicators: [], relatedAlerts: [] });
  });

  test('does not step over later alerts with the same indicator', async () => {
    const [earlier, asked] = [await anAlert(), await anAlert()];
    const indicatorId = newUuid();
    await database.query(
      `INSERT INTO indicators (id, type, value, classification, first_seen_at, last_seen_at)
       VALUES ($1, 'ip', '198.51.100.7', 'public', now(), now())`,
      [indicatorId],
    );
    await linkAll(indicatorId);
    await database.query(
      `INSERT INTO alerts (id, source_name, dedup_key, title, occurred_at, received_at, last_seen_at,
                           raw_payload, stage_changed_at, next_sweep_at)
       SELECT ('ffffffff-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'generic', n, 'T',
              now(), now(), now(), '{}', now(), now() FROM generate_series(1, 2000) AS n`,
    );
    await linkAll(indicatorId);
    const statements: [string, unknown[] | undefined][] = [];
    const watched = createDispatchStore({
      ...database,
      query: async (text, values) => {
        statements.push([text, values]);
        return await database.query(text, values);
      },
    });
    const [context] = await watched.loadContexts([asked]);
    expect(context?.relatedAlerts).toMatchObject([{ uuid: earlier, relation: 'shared_indicator' }]);

    for (const [text, values] of statements) {
      const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      );
      expect(rowsPassedOver(rows[0]!['QUERY PLAN'][0].Plan)).toBeLessThan(10);
    }
  });
});

/** An alert with so many indicators, each with answers of two providers and provenance. */
async function aWideAlert(indicators: number, answer: string) {
  const alertId = await anAlert();
  await database.query('UPDATE alerts SET indicator_count = $2 WHERE id = $1::uuid', [
    alertId,
    indicators,
  ]);
  const ids = Array.from({ length: indicators }, () => newUuid());
  await database.query(
    `INSERT INTO indicators (id, type, value, classification, first_seen_at, last_seen_at)
     SELECT id, 'domain', id || '.example.com', 'public', now(), now() FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await database.query(
    `INSERT INTO alert_indicators (alert_id, indicator_id, position, provenance)
     SELECT $1::uuid, id, 0, '[{"pointer": "/a"}]' FROM unnest($2::uuid[]) AS id`,
    [alertId, ids],
  );
  await database.query(
    `INSERT INTO enrichment_results (indicator_id, provider_name, config_version, status, extracted, fetched_at, expires_at)
     SELECT id, provider, 1, 'success', jsonb_build_object('text', $2::text), now(), now()
       FROM unnest($1::uuid[]) AS id, unnest('{a,b}'::text[]) AS provider`,
    [ids, answer],
  );
  return alertId;
}

describe('contexts within bounds', () => {
  test('are weighed with their payload, rule, provenance and answers', async () => {
    const [plain, wide] = [await anAlert(), await aWideAlert(3, 'x'.repeat(1_000))];
    const [ofPlain, ofWide, gone] = await store.weighContexts([plain, wide, newUuid()]);
    expect(ofPlain).toBe('{}'.length + '{}'.length);
    expect(ofWide).toBeGreaterThan(3 * 2 * 1_000);
    expect(ofWide).toBeLessThan(3 * 2 * 1_000 + 500);
    expect(gone).toBeUndefined();
    await database.query(
      'UPDATE alerts SET raw_payload = $2::text::json, description = $3 WHERE id = $1::uuid',
      [plain, JSON.stringify('é'.repeat(500)), 'd'.repeat(100)],
    );
    expect(await store.weighContexts([plain])).toEqual([1_002 + 100 + '{}'.length]);
  });

  test('are loaded up to their bytes, and left out beyond', async () => {
    const [answered, filled] = [await aWideAlert(3, 'x'), await anAlert()];
    await database.query('UPDATE alerts SET raw_payload = $2::text::json WHERE id = $1::uuid', [
      filled,
      JSON.stringify('p'.repeat(500)),
    ]);
    for (const [alertId, indicators] of [
      [answered, 3],
      [filled, 0],
    ] as const) {
      const [bytes = 0] = await store.weighContexts([alertId]);
      // Of the alert itself: what is compared with the bytes of its indicators is not added to them.
      const least = alertId === answered ? bytes - '{}{}'.length : bytes;
      const loaded = async (maxBytes: number) =>
        (await store.loadContexts([alertId], { maxBytes, maxIndicators: 50 }))[0];
      expect((await loaded(least))?.indicators).toHaveLength(indicators);
      expect(await loaded(least - 1)).toBeUndefined();
    }
  });

  test('are loaded up to their number of indicators', async () => {
    const alertId = await aWideAlert(3, 'x');
    const loaded = async (maxIndicators: number) =>
      await store.loadContexts([alertId], { maxBytes: 100_000, maxIndicators });
    expect((await loaded(3))[0]?.indicators).toHaveLength(3);
    expect(await loaded(2)).toEqual([undefined]);
    expect((await store.loadContexts([alertId]))[0]?.indicators).toHaveLength(3);
  });
});

describe('withContext', () => {
  /** A store that notes the bytes of its large reads. */
  function aWatchedStore() {
    const reads: number[] = [];
    const watched = createDispatchStore({
      ...database,
      readLarge: async (bytes, read) => {
        reads.push(bytes);
        return await read();
      },
    });
    return { reads, ...watched };
  }
  const titleOf = async ({ alert }: StoredAlertContext) => await Promise.resolve(alert.title);

  test('reads a small context without weighing it', async () => {
    const { reads, withContext } = aWatchedStore();
    expect(await withContext(await anAlert(), titleOf, 1_000)).toBe('T');
    expect(reads).toEqual([256 * 1024 + 1_000]);
  });

  test.each([
    ['of many indicators', 51, 'x'],
    ['of large answers', 3, 'x'.repeat(100_000)],
  ])('weighs a context %s before it is read', async (_, indicators, answer) => {
    const { reads, withContext } = aWatchedStore();
    const alertId = await aWideAlert(indicators, answer);
    const [bytes = 0] = await store.weighContexts([alertId]);
    const work = async (context: StoredAlertContext) =>
      await Promise.resolve(context.indicators.length);
    expect(await withContext(alertId, work, 1_000)).toBe(indicators);
    expect(reads.at(-1)).toBe(bytes + 1_000);
  });

  test('does no work for a missing alert', async () => {
    const { withContext } = aWatchedStore();
    expect(await withContext(newUuid(), titleOf)).toBeUndefined();
  });
});

describe('the configuration', () => {
  test('is loaded without the long texts that no push holds', async () => {
    const { id } = await database.prisma.agent.create({
      data: { name: newUuid(), signingSecretEncrypted: 'x', documentation: 'd'.repeat(1_000) },
    });
    const loaded = [await store.findAgent(id), ...(await store.loadAgents())];
    expect(loaded).toHaveLength(2);
    expect(JSON.stringify(loaded)).not.toContain('ddd');
  });

  test('has the workflows that can run, and tells which have steps', async () => {
    await database.query('TRUNCATE workflows, secrets CASCADE');
    await database.prisma.secret.create({
      data: { name: 'key', valueEncrypted: 'x', createdBy: 'test' },
    });
    const aWorkflow = async (name: string, data: Record<string, unknown>) =>
      await database.prisma.workflow.create({ data: { name, ...data } });
    await aWorkflow('documentation', { documentation: 'By hand.', indicatorTypes: ['ip'] });
    const granted = await aWorkflow('granted', {
      secretNames: ['key'],
      definition: { steps: [{}] },
      needsBaseUrl: true,
      baseUrl: 'https://example.com',
    });
    await database.prisma.secretGrant.create({
      data: { workflowId: granted.id, secretName: 'key' },
    });
    await aWorkflow('not granted', { secretNames: ['key'] });
    await aWorkflow('without its base URL', { needsBaseUrl: true });
    await aWorkflow('switched off', { isActive: false });
    expect(await store.loadWorkflows()).toEqual([
      {
        uuid: expect.any(String),
        name: 'documentation',
        documentation: 'By hand.',
        approvalMode: 'always',
        riskLevel: 'medium',
        indicatorTypes: ['ip'],
      },
      expect.objectContaining({ name: 'granted', hasSteps: true }),
    ]);
  });
});

type PlanNode = { 'Rows Removed by Filter'?: number; Plans?: PlanNode[] };

const rowsPassedOver = ({ Plans = [], ...node }: PlanNode): number =>
  Plans.reduce((sum, plan) => sum + rowsPassedOver(plan), node['Rows Removed by Filter'] ?? 0);

const linkAll = async (indicatorId: string) =>
  await database.query(
    `INSERT INTO alert_indicators (alert_id, indicator_id, position)
     SELECT id, $1, 0 FROM alerts ON CONFLICT DO NOTHING`,
    [indicatorId],
  );

import { newUuid, TEST_SOURCE } from '@calseta/common';
import { createFiguresStore, type Database } from '@calseta/database';
import { aStoredAlert, type TestDatabase, testDatabase } from '@calseta/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openTestDatabase } from './with-database.js';

let given: TestDatabase;
let database: Database;
beforeEach(async () => {
  given = await testDatabase();
  database = await openTestDatabase(given.url);
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await given.drop();
});

const secondsFromNow = (seconds: number) => new Date(Date.now() + seconds * 1_000);

const anAgent = async (columns: object = {}): Promise<string> => {
  const data = { name: newUuid(), signingSecretEncrypted: 'none', ...columns };
  return (await database.prisma.agent.create({ data })).id;
};

test('the figures are those of an empty database, and then of what happened', async () => {
  const store = createFiguresStore(database);
  const { configVersion, ...empty } = await store.readFigures();
  expect(configVersion).toBeGreaterThan(0);
  expect(new Set(Object.values(empty))).toEqual(new Set([0]));

  for (const stage of ['failed', 'failed', 'quarantined', 'ingested'] as const) {
    await aStoredAlert(database, { stage });
  }
  const alertId = await aStoredAlert(database, { stage: 'dispatched' });
  await anAgent({ isActive: false, disabledReason: 'It answered 410 Gone.' });
  await anAgent({ isActive: false });
  await anAgent({ breakerOpenUntil: secondsFromNow(-1) });
  const agentId = await anAgent({ breakerOpenUntil: secondsFromNow(60) });
  const deliver = async (revision: number, status: 'pending' | 'dead', ageSeconds: number) => {
    const times = { createdAt: secondsFromNow(-ageSeconds), nextAttemptAt: secondsFromNow(60) };
    await database.prisma.delivery.create({
      data: { id: newUuid(), agentId, alertId, revision, status, ...times },
    });
  };
  await deliver(1, 'pending', 90);
  await deliver(2, 'pending', 30);
  await deliver(3, 'dead', 600);
  // A test push is in no figure.
  const test = { sourceName: TEST_SOURCE, stage: 'dispatched' } as const;
  for (const status of ['pending', 'dead'] as const) {
    const ofTest = { alertId: await aStoredAlert(database, test), kind: 'test', status } as const;
    const times = { createdAt: secondsFromNow(-900), nextAttemptAt: secondsFromNow(60) };
    await database.prisma.delivery.create({
      data: { id: newUuid(), agentId, revision: 1, ...ofTest, ...times },
    });
  }

  const figures = await store.readFigures();
  expect(figures).toMatchObject({
    failedAlerts: 2,
    quarantinedAlerts: 1,
    pendingDeliveries: 2,
    deadDeliveries: 1,
    disabledAgents: 1,
    openAgentBreakers: 1,
  });
  expect(Math.round(figures.oldestPendingSeconds)).toBe(90);
  expect(figures.configVersion).toBeGreaterThan(configVersion);
});

test('what is left of a quota is the least of its windows', async () => {
  const quotas = [
    { limit: 4, window_seconds: 60 },
    { limit: 5, window_seconds: 86_400 },
  ];
  await database.query(
    `INSERT INTO enrichment_providers (name, quotas, timeout_ms) VALUES ('vendor', $1, 1000)`,
    [JSON.stringify(quotas)],
  );
  const store = createFiguresStore(database);
  const left = async () =>
    (await store.readQuotas()).find(({ providerName }) => providerName === 'vendor')?.left;
  expect(await left()).toBe(4);
  await database.query(
    `INSERT INTO provider_requests (provider_name, sent_at, expires_at)
       SELECT 'vendor', now() - interval '1 hour' * n, now() FROM generate_series(0, 3) AS n`,
    [],
  );
  expect(await left()).toBe(1);
});

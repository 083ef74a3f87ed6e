import { newUuid, TEST_SOURCE } from '@calseta/common';
import {
  createBreakdownStore,
  createMetricsStore,
  createTallyStore,
  type Database,
} from '@calseta/database';
import { aStoredAlert, type StoredAlert, type TestDatabase, testDatabase } from '@calseta/testing';
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

const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

const store = async (alert: StoredAlert): Promise<string> =>
  await aStoredAlert(database, { stage: 'dispatched', enrichmentStatus: 'Enriched', ...alert });

async function tallyAll(): Promise<void> {
  while ((await createTallyStore(database).tally(5)) > 0);
}

/** What the metrics say of a span, and what they say without any tally. */
async function readTwice(since: Date, until: Date) {
  const read = async () => {
    const metrics = createMetricsStore(database);
    const breakdowns = createBreakdownStore(database);
    const span = { since, until };
    return {
      received: await metrics.tallyReceived(span),
      closed: await metrics.tallyClosed(span),
      sources: await breakdowns.tallySources(span),
      rules: await breakdowns.tallyRules(span),
    };
  };
  const tallied = await read();
  const [{ until: talliedUntil } = { until: null }] = (
    await database.query<{ until: Date | null }>(
      'SELECT tallied_until AS until FROM alert_tally_state',
    )
  ).rows;
  await database.query('UPDATE alert_tally_state SET tallied_until = NULL');
  const standing = await read();
  await database.query('UPDATE alert_tally_state SET tallied_until = $1', [talliedUntil]);
  return { tallied, standing };
}

const countTallies = async (): Promise<number> =>
  (await database.query<{ count: number }>('SELECT count(*)::int AS count FROM alert_tallies'))
    .rows[0]?.count ?? 0;

test('metrics are the same from tallies and from the alerts, for spans that begin and end within an hour', async () => {
  const rule = newUuid();
  await database.prisma.detectionRule.create({ data: { id: rule, name: 'r' } });
  for (let number = 0; number < 60; number += 1) {
    const receivedAt = hoursAgo(number / 4);
    await store({
      receivedAt,
      sourceName: `source_${number % 3}`,
      severity: number % 2 ? 'High' : 'Low',
      ...(number % 2 && { detectionRuleId: rule }),
      ...(number % 5 === 0 && { enrichmentStatus: 'Partial' as const }),
      ...(number % 4 === 0 && {
        status: 'Closed' as const,
        triagedAt: receivedAt,
        closedAt: new Date(receivedAt.getTime() + HOUR_MS / 2),
        closeClassification: number % 8 ? 'false_positive' : null,
      }),
    });
  }
  await store({ receivedAt: hoursAgo(5), sourceName: TEST_SOURCE });
  await tallyAll();
  expect(await countTallies()).toBeGreaterThan(10);
  for (const [from, to] of [
    [20, 0],
    [9.3, 3.7],
    [6, 5.9],
    [4.4, 0.1],
    [1.5, 0],
    [30, 20],
  ]) {
    const { tallied, standing } = await readTwice(hoursAgo(from!), hoursAgo(to!));
    expect(tallied).toEqual(standing);
  }
  const { tallied } = await readTwice(hoursAgo(20), hoursAgo(-1));
  expect(tallied.received.reduce((sum, { count }) => sum + count, 0)).toBe(60);
  expect(tallied.sources.map(({ closed }) => closed)).toEqual([5, 5, 5]);
});

test('what happens to an alert after its hour was tallied counts at once, and is tallied anew', async () => {
  const changed = await store({ receivedAt: hoursAgo(8), severity: 'Low' });
  const removed = await store({
    receivedAt: hoursAgo(9),
    severity: 'Low',
    closedAt: hoursAgo(7),
    status: 'Closed',
  });
  await tallyAll();
  const late = await store({ receivedAt: hoursAgo(40), severity: 'Low' });
  const read = async () => {
    const { tallied, standing } = await readTwice(hoursAgo(48), new Date());
    expect(tallied).toEqual(standing);
    return tallied;
  };
  expect((await read()).received).toMatchObject([{ count: 3 }]);
  await database.prisma.alert.update({ where: { id: changed }, data: { severity: 'High' } });
  expect((await read()).received.map(({ severity }) => severity).sort()).toEqual(['High', 'Low']);
  await database.prisma.alert.delete({ where: { id: removed } });
  expect((await read()).closed.tallies).toEqual([]);
  await database.prisma.alert.update({
    where: { id: late },
    data: { status: 'Closed', closedAt: hoursAgo(6), closeClassification: 'duplicate' },
  });
  expect((await read()).closed.tallies).toEqual([{ classification: 'duplicate', count: 1 }]);

  await tallyAll();
  const { rows } = await database.query('SELECT FROM alert_tally_marks');
  expect(rows).toHaveLength(0);
  expect((await read()).received.map(({ count }) => count)).toEqual([1, 1]);
});

test('whole days are read from their sums, which hold until an hour of them is tallied anew', async () => {
  const rule = newUuid();
  await database.prisma.detectionRule.create({ data: { id: rule, name: 'r' } });
  const stored: string[] = [];
  for (let hour = 3; hour < 100; hour += 4) {
    const receivedAt = hoursAgo(hour);
    stored.push(
      await store({
        receivedAt,
        sourceName: `source_${hour % 3}`,
        ...(hour % 8 === 3 && { detectionRuleId: rule }),
        ...(hour % 3 === 0 && {
          status: 'Closed' as const,
          closedAt: new Date(receivedAt.getTime() + HOUR_MS),
        }),
      }),
    );
  }
  await tallyAll();
  const summed = async (): Promise<number> =>
    (await database.query('SELECT FROM alert_tallied_days')).rows.length;
  const days = await summed();
  expect(days).toBeGreaterThanOrEqual(3);
  const readAll = async () => {
    for (const [from, to] of [
      [200, 0],
      [99.5, 1],
      [75, 25],
      [30, 5],
    ]) {
      const { tallied, standing } = await readTwice(hoursAgo(from!), hoursAgo(to!));
      expect(tallied).toEqual(standing);
    }
    return (await readTwice(hoursAgo(200), new Date())).tallied;
  };
  expect((await readAll()).received.reduce((sum, { count }) => sum + count, 0)).toBe(25);

  // Read from the sums indeed.
  await database.query('UPDATE alert_day_tallies SET alert_count = alert_count + 1000');
  const { tallied } = await readTwice(hoursAgo(200), new Date());
  expect(tallied.received.some(({ count }) => count >= 1000)).toBe(true);
  await database.query('UPDATE alert_day_tallies SET alert_count = alert_count - 1000');

  await database.prisma.alert.delete({ where: { id: stored[12]! } });
  expect((await readAll()).received.reduce((sum, { count }) => sum + count, 0)).toBe(24);
  expect(await createTallyStore(database).tally(5)).toBeGreaterThan(0);
  expect(await summed()).toBeLessThan(days);
  await readAll();
  await tallyAll();
  expect(await summed()).toBe(days);
  await readAll();
});

test('what happens in the first hour of an alert marks nothing, and neither does what no metric counts', async () => {
  const fresh = await store({ receivedAt: new Date(), severity: 'Low' });
  const old = await store({ receivedAt: hoursAgo(8) });
  await database.query('DELETE FROM alert_tally_marks');
  await database.prisma.alert.update({ where: { id: fresh }, data: { severity: 'High' } });
  await database.prisma.alert.update({ where: { id: old }, data: { assignee: 'dora' } });
  await database.prisma.alert.update({
    where: { id: old },
    data: {
      severity: (await database.prisma.alert.findUniqueOrThrow({ where: { id: old } })).severity,
    },
  });
  expect((await database.query('SELECT FROM alert_tally_marks')).rows).toHaveLength(0);
});

test('an hour is tallied once it is over, by one replica at a time', async () => {
  await store({ receivedAt: hoursAgo(5) });
  await store({ receivedAt: new Date() });
  const tallies = createTallyStore(database);
  await Promise.all([tallies.tally(2), tallies.tally(2), tallies.tally(2)]);
  await tallyAll();
  const { rows } = await database.query<{ isOver: boolean; alerts: number }>(
    `SELECT tallied_until < now() - interval '1 hour' AND tallied_until > now() - interval '3 hours' AS "isOver",
            (SELECT sum(alert_count)::int FROM alert_tallies) AS alerts FROM alert_tally_state`,
  );
  expect(rows).toEqual([{ isOver: true, alerts: 1 }]);
});

test('there is nothing to tally without an alert', async () => {
  expect(await createTallyStore(database).tally(10)).toBe(0);
});

import { newUuid, TEST_ALERT_HOURS, TEST_SOURCE } from '@calseta/common';
import { createHousekeepingStore, UNUSED_INDICATOR_HOURS } from '@calseta/database';
import { miscountedIndicators } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const SHARED = { type: 'ip', value: '203.0.113.77' } as const;

const countedAlert = async () =>
  await insertAlert(api.database, { malice: 'Malicious', indicators: [SHARED] });

const rowsOf = async (uuid: string): Promise<number> => {
  const tables = ['activity', 'alert_occurrences', 'alert_indicators', 'findings', 'dedup_slots'];
  const counts = tables.map((name) => `(SELECT count(*) FROM ${name} WHERE alert_id = $1)`);
  const { rows } = await api.database.query<{ count: string }>(
    `SELECT ${counts.join(' + ')} AS count`,
    [uuid],
  );
  return Number(rows[0]?.count);
};

describe('DELETE /v1/alerts/{uuid}', () => {
  test('deletes the alert with what hangs on it, and no counter of an indicator is wrong afterwards', async () => {
    const [uuid, other] = [await countedAlert(), await countedAlert()];
    const at = new Date();
    const { prisma } = api.database;
    const { dedupKey, sourceName } = await prisma.alert.findUniqueOrThrow({ where: { id: uuid } });
    await prisma.dedupSlot.create({
      data: { sourceName, dedupKey, alertId: uuid, expiresAt: at },
    });
    await prisma.alertOccurrence.create({
      data: { id: newUuid(), alertId: uuid, receivedAt: at, rawPayload: {} },
    });
    await api.call('POST', `/v1/alerts/${uuid}/findings`, { body: { summary: 'seen' } });
    expect(await rowsOf(uuid)).toBeGreaterThan(4);
    expect(await miscountedIndicators(api.database)).toEqual([]);

    expect((await api.call('DELETE', `/v1/alerts/${uuid}`)).status).toBe(204);

    expect(await rowsOf(uuid)).toBe(0);
    expect((await api.call('GET', `/v1/alerts/${uuid}`)).status).toBe(404);
    expect((await api.call('GET', `/v1/alerts/${other}`)).status).toBe(200);
    expect(await miscountedIndicators(api.database)).toEqual([]);
    const [indicator] = await prisma.indicator.findMany({ where: { value: SHARED.value } });
    expect(indicator).toMatchObject({ alertCount: 1, maliciousAlerts: 1 });
  });

  test('is 404 for an alert that does not exist', async () => {
    expect(await api.call('DELETE', `/v1/alerts/${newUuid()}`)).toMatchObject({
      status: 404,
      body: { code: 'resource.not_found' },
    });
  });
});

test('alerts of test pushes that housekeeping deletes are no longer counted on their indicators', async () => {
  const shared = { type: 'ip', value: '203.0.113.78' } as const;
  const hour = 3_600_000;
  const aTestAlert = async (ageMs: number) =>
    await insertAlert(api.database, {
      sourceName: TEST_SOURCE,
      receivedAt: new Date(Date.now() - ageMs),
      malice: 'Malicious',
      indicators: [shared],
    });
  const old = [
    await aTestAlert((TEST_ALERT_HOURS + 1) * hour),
    await aTestAlert((TEST_ALERT_HOURS + 2) * hour),
  ];
  const recent = await aTestAlert(hour);
  expect(await miscountedIndicators(api.database)).toEqual([]);

  await createHousekeepingStore(api.database).deleteExpired(100);

  for (const uuid of old) expect((await api.call('GET', `/v1/alerts/${uuid}`)).status).toBe(404);
  expect((await api.call('GET', `/v1/alerts/${recent}`)).status).toBe(200);
  expect(await miscountedIndicators(api.database)).toEqual([]);
  const indicator = await api.database.prisma.indicator.findFirstOrThrow({
    where: { value: shared.value },
  });
  expect(indicator).toMatchObject({ alertCount: 1, maliciousAlerts: 1 });
});

test('indicators that no alert has any more go after a day, unless a person judged them', async () => {
  const [unused, judged, recent, used] = ['d1', 'd2', 'd3', 'd4'].map((name) => ({
    type: 'domain' as const,
    value: `${name}.retention.example`,
  }));
  const { database } = api;
  const indicators = [unused, judged, recent, used].filter((one) => one !== undefined);
  const uuid = await insertAlert(database, { indicators });
  await insertAlert(database, { indicators: indicators.slice(3) });
  expect((await api.call('DELETE', `/v1/alerts/${uuid}`)).status).toBe(204);
  const age = async (value: string | undefined, hours: number) =>
    await database.query(
      'UPDATE indicators SET last_seen_at = now() - make_interval(hours => $2) WHERE value = $1',
      [value, hours],
    );
  for (const indicator of indicators) await age(indicator.value, UNUSED_INDICATOR_HOURS + 1);
  await age(recent?.value, UNUSED_INDICATOR_HOURS - 1);
  await database.query(`UPDATE indicators SET malice_override = 'Benign' WHERE value = $1`, [
    judged?.value,
  ]);

  await createHousekeepingStore(database).deleteExpired(100);

  const { rows } = await database.query<{ value: string }>(
    `SELECT value FROM indicators WHERE value LIKE '%.retention.example' ORDER BY value`,
  );
  expect(rows.map(({ value }) => value)).toEqual([judged?.value, recent?.value, used?.value]);
});

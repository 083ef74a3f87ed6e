import { createHousekeepingStore } from '@calseta/database';
import { aStoredAlert } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** An alert with an indicator and a finding that was received long ago, and closed then, if at all. */
async function anAlert(closedAt: Date | null): Promise<string> {
  const uuid = await aStoredAlert(api.database, {
    stage: 'dispatched',
    indicators: [{ type: 'ip', value: '45.155.205.233' }],
  });
  const finding = { summary: 'Looked at.', confidence: 0.5 };
  const posted = await api.call('POST', `/v1/alerts/${uuid}/findings`, { body: finding });
  expect(posted.status).toBe(201);
  await api.database.prisma.alert.update({
    where: { id: uuid },
    data: {
      receivedAt: new Date(Date.now() - 400 * DAY_MS),
      ...(closedAt && { status: 'Closed', closedAt }),
    },
  });
  return uuid;
}

const statusOf = async (uuid: string): Promise<number> =>
  (await api.call('GET', `/v1/alerts/${uuid}`)).status;

test('alerts go so many days after they were closed, in batches, with all that hangs on them', async () => {
  const edge = Date.now() - KEPT_DAYS * DAY_MS;
  const open = await anAlert(null);
  const kept = await anAlert(new Date(edge + 60_000));
  const old: string[] = [];
  for (const ms of [3, 2, 1]) old.push(await anAlert(new Date(edge - ms)));
  const { deleteOldAlerts } = createHousekeepingStore(api.database);
  expect(await deleteOldAlerts(KEPT_DAYS, 2)).toBe(2);
  expect(await Promise.all(old.map(statusOf))).toEqual([404, 404, 200]);
  expect(await deleteOldAlerts(KEPT_DAYS, 2)).toBe(1);
  expect(await deleteOldAlerts(KEPT_DAYS, 2)).toBe(0);

  expect(await Promise.all([open, kept].map(statusOf))).toEqual([200, 200]);
  expect(await Promise.all(old.map(statusOf))).toEqual([404, 404, 404]);
  for (const table of ['alert_indicators', 'findings', 'activity']) {
    const { rows } = await api.database.query<{ alert_id: string }>(
      `SELECT DISTINCT alert_id::text FROM ${table} WHERE alert_id IS NOT NULL`,
    );
    expect(rows.map(({ alert_id: id }) => id).filter((id) => old.includes(id))).toEqual([]);
  }
});

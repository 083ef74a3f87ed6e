import { newUuid, TEST_SOURCE } from '@calseta/common';
import { createDispatchStore, createHousekeepingStore } from '@calseta/database';
import { aTestDelivery } from '@calseta/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let agentId: string;
let alertId: string;
let deliveryId: string;

beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** As the dispatcher writes it down before a test push. */
beforeEach(async () => {
  const made = await api.call('POST', '/v1/agents', { body: { name: newUuid() } });
  agentId = (made.body.data as { uuid: string }).uuid;
  const delivery = aTestDelivery(agentId);
  [alertId, deliveryId] = [delivery.alert.uuid, delivery.id];
  await createDispatchStore(api.database).createTestDelivery(delivery);
});

test('the alert of a test push takes a finding and a status', async () => {
  const path = `/v1/alerts/${alertId}`;
  const body = { summary: 'Works.', classification: 'inconclusive' };
  expect((await api.call('POST', `${path}/findings`, { body })).status).toBe(201);
  expect((await api.call('PATCH', path, { body: { status: 'Triaging' } })).status).toBe(200);
  const closed = { status: 'Closed', close_classification: 'true_positive' };
  expect((await api.call('PATCH', path, { body: closed })).status).toBe(200);
  const read = await api.call('GET', path);
  expect(read.body.data).toMatchObject({ status: 'Closed', title: 'Test alert' });
});

test('it is in no list and no replay, and the pipeline does not take it', async () => {
  const idsOf = async (query: string) =>
    ((await api.call('GET', `/v1/alerts${query}`)).body.data as { uuid: string }[]).map(
      ({ uuid }) => uuid,
    );
  expect(await idsOf('')).not.toContain(alertId);
  expect(await idsOf('?tags=test')).not.toContain(alertId);
  expect(await idsOf(`?source_name=${TEST_SOURCE}`)).toContain(alertId);

  const since = new Date(Date.now() - 60_000).toISOString();
  const replayed = await api.call('POST', `/v1/agents/${agentId}/replay`, { body: { since } });
  expect(replayed.body.data).toEqual({ matched_count: 0, delivery_count: 0 });
  const rule = { all: [{ field: 'tags', op: 'contains', value: 'test' }] };
  const tried = await api.call('POST', '/v1/rules/test', { body: { rule } });
  expect(tried.body.data).toMatchObject({ tested_count: 0 });

  const again = await api.call('POST', `/v1/alerts/${alertId}/replay`, {
    body: { from: 'extract' },
  });
  expect([again.status, again.body['detail']]).toEqual([409, expect.stringContaining('test push')]);
  const body = { agent_uuid: agentId };
  expect((await api.call('POST', `/v1/alerts/${alertId}/dispatch`, { body })).status).toBe(409);
});

test('its delivery stands apart from the others', async () => {
  const list = async (query: string) =>
    (await api.call('GET', `/v1/deliveries?agent_uuid=${agentId}${query}`)).body.data;
  expect(await list('')).toEqual([]);
  expect(await list('&status=pending')).toEqual([]);
  expect(await list('&kind=test')).toMatchObject([{ uuid: deliveryId, alert_uuid: alertId }]);
});

test('findings about it are not on the scorecard', async () => {
  const made = await api.call('POST', '/v1/api-keys', {
    body: { name: 'k', agent_uuid: agentId, scopes: ['findings:write', 'alerts:triage'] },
  });
  const { key } = made.body.data as { key: string };
  const body = { summary: 'S', classification: 'true_positive' };
  await api.call('POST', `/v1/alerts/${alertId}/findings`, { key, body });
  const { body: scorecard } = await api.call('GET', `/v1/agents/${agentId}/scorecard`);
  expect(scorecard.data).toMatchObject({ findings: { count: 0 }, judged: { alert_count: 0 } });
});

test('it is gone after a day', async () => {
  const housekeeping = createHousekeepingStore(api.database);
  await housekeeping.deleteExpired(100);
  expect((await api.call('GET', `/v1/alerts/${alertId}`)).status).toBe(200);
  await api.database.query(
    `UPDATE alerts SET received_at = now() - interval '24 hours 1 second' WHERE id = $1`,
    [alertId],
  );
  await housekeeping.deleteExpired(100);
  expect((await api.call('GET', `/v1/alerts/${alertId}`)).status).toBe(404);
  expect((await api.call('GET', `/v1/deliveries/${deliveryId}`)).status).toBe(404);
});

test('no source can have its name', async () => {
  const field_mapping = { fields: { title: 't' } };
  const { status, body } = await api.call('POST', '/v1/sources', {
    body: { name: TEST_SOURCE, field_mapping },
  });
  expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('test pushes')]);
});

import { newUuid } from '@calseta/common';
import { createHousekeepingStore } from '@calseta/database';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const anAgent = async (fields: object = {}): Promise<string> => {
  const body = { name: 'Triage Agent', ...fields };
  const made = await api.call('POST', '/v1/agents', { body });
  return (made.body.data as { uuid: string }).uuid;
};
const SCOPES = ['alerts:read', 'findings:write', 'alerts:triage'];
const aKey = async (agentUuid: string, fields: object = {}) =>
  await api.call('POST', '/v1/api-keys', {
    body: { name: 'its key', scopes: SCOPES, agent_uuid: agentUuid, ...fields },
  });
const keyOf = async (agentUuid: string): Promise<string> =>
  ((await aKey(agentUuid)).body.data as { key: string }).key;

describe('a key with an agent_uuid', () => {
  test('is the principal of its agent, also after a rotation', async () => {
    const uuid = await anAgent();
    const { status, body } = await aKey(uuid);
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ agent_uuid: uuid, principal: `agent:${uuid}` });
    const { id } = body.data as { id: string };
    const rotated = await api.call('POST', `/v1/api-keys/${id}/rotate`);
    expect(rotated.body.data).toMatchObject({ agent_uuid: uuid, principal: `agent:${uuid}` });
  });

  test('is refused for an unknown agent, and for a person', async () => {
    const unknown = await aKey(newUuid());
    expect([unknown.status, unknown.body]).toMatchObject([
      422,
      { errors: [{ pointer: '/agent_uuid' }] },
    ]);
    expect((await aKey(await anAgent(), { key_type: 'human' })).status).toBe(422);
  });

  test('posts findings under the name that the agent has then', async () => {
    const uuid = await anAgent();
    const key = await keyOf(uuid);
    const path = `/v1/alerts/${await insertAlert(api.database)}/findings`;
    const posted = await api.call('POST', path, { key, body: { summary: 'seen' } });
    expect(posted.body.data).toMatchObject({ agent_uuid: uuid, agent_name: 'Triage Agent' });
    await api.call('PATCH', `/v1/agents/${uuid}`, { body: { name: 'Renamed' } });
    await api.call('POST', path, { key, body: { summary: 'again' } });
    await api.call('POST', path, { body: { summary: 'by a person' } });
    const { body } = await api.call('GET', path);
    expect(body.data).toMatchObject([
      { agent_name: 'Triage Agent' },
      { agent_name: 'Renamed' },
      expect.not.objectContaining({ agent_uuid: expect.anything() }),
    ]);
  });

  test('is revoked with its agent', async () => {
    const uuid = await anAgent();
    const key = await keyOf(uuid);
    await api.call('DELETE', `/v1/agents/${uuid}`);
    await eventually(
      async () => expect((await api.call('GET', '/v1/alerts', { key })).status).toBe(401),
      { timeoutMs: 2_000 },
    );
  });
});

describe('an agent in shadow mode', () => {
  test('reads, posts findings that are kept apart, and changes nothing', async () => {
    const uuid = await anAgent({ mode: 'shadow' });
    const key = await keyOf(uuid);
    const alert = `/v1/alerts/${await insertAlert(api.database)}`;
    const findings = `${alert}/findings`;
    expect((await api.call('GET', alert, { key })).status).toBe(200);
    const posted = await api.call('POST', findings, { key, body: { summary: 'in the dark' } });
    expect([posted.status, posted.body.data]).toMatchObject([201, { is_shadow: true }]);
    const moved = await api.call('PATCH', alert, { key, body: { status: 'Triaging' } });
    expect([moved.status, moved.body['detail']]).toEqual([
      403,
      'The agent is in shadow mode: it can change nothing.',
    ]);

    expect((await api.call('GET', findings)).body.data).toEqual([]);
    expect((await api.call('GET', `${findings}?mode=shadow`)).body.data).toMatchObject([
      { summary: 'in the dark', agent_uuid: uuid },
    ]);
    const { body } = await api.call('GET', `${alert}/activity`);
    expect(JSON.stringify(body.data)).not.toContain('in the dark');
  });

  test('acts from the moment on that it is active', async () => {
    const uuid = await anAgent({ mode: 'shadow' });
    const key = await keyOf(uuid);
    const alert = `/v1/alerts/${await insertAlert(api.database)}`;
    const move = async () =>
      (await api.call('PATCH', alert, { key, body: { status: 'Triaging' } })).status;
    expect(await move()).toBe(403);
    await api.call('PATCH', `/v1/agents/${uuid}`, { body: { mode: 'active' } });
    await eventually(async () => expect(await move()).toBe(200), { timeoutMs: 2_000 });
  });
});

test('an agent whose time is over is deleted, with its keys and deliveries', async () => {
  const uuid = await anAgent({ expires_at: new Date(Date.now() + 60_000).toISOString() });
  const staying = await anAgent();
  const { id } = (await aKey(uuid)).body.data as { id: string };
  const alertId = await insertAlert(api.database);
  await api.database.prisma.delivery.create({
    data: { id: newUuid(), agentId: uuid, alertId, revision: 1, nextAttemptAt: new Date() },
  });
  const { deleteExpired } = createHousekeepingStore(api.database);
  await deleteExpired(100);
  expect((await api.call('GET', `/v1/agents/${uuid}`)).status).toBe(200);

  await api.database.prisma.agent.update({
    where: { id: uuid },
    data: { expiresAt: new Date(Date.now() - 1_000) },
  });
  await deleteExpired(100);
  expect((await api.call('GET', `/v1/agents/${uuid}`)).status).toBe(404);
  expect((await api.call('GET', `/v1/agents/${staying}`)).status).toBe(200);
  expect((await api.call('GET', `/v1/api-keys/${id}`)).body.data).toHaveProperty('revoked_at');
});

test('what agents answered is shown to keys that may read agents', async () => {
  const agentId = await anAgent();
  const alertId = await insertAlert(api.database);
  const deliveryId = newUuid();
  const now = new Date();
  await api.database.prisma.delivery.create({
    data: {
      id: deliveryId,
      agentId,
      alertId,
      revision: 1,
      nextAttemptAt: now,
      attempts: {
        create: {
          id: newUuid(),
          number: 1,
          startedAt: now,
          durationMs: 1,
          outcome: 'delivered',
          statusCode: 200,
          responseBody: 'my private thoughts',
        },
      },
    },
  });
  const path = `/v1/alerts/${alertId}/deliveries`;
  const asAgent = await api.call('GET', path, { key: await keyOf(await anAgent()) });
  expect(asAgent.body.data).toMatchObject([{ attempts: [{ outcome: 'delivered' }] }]);
  expect(asAgent.text).not.toContain('my private thoughts');
  expect((await api.call('GET', path)).text).toContain('my private thoughts');
});

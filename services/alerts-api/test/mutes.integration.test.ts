import { MAX_MUTE_DAYS, MAX_MUTES, newUuid } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const DAY_MS = 86_400_000;
const RULE = { all: [{ field: 'hosts', op: 'starts_with', value: 'lab-' }] };

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const create = async (until: string, rule: unknown = RULE) =>
  await api.call('POST', '/v1/mutes', { body: { rule, until, reason: 'Pentest' } });

test('creates, lists, reads and deletes a mute', async () => {
  const until = inDays(MAX_MUTE_DAYS - 0.01);
  const created = await create(until);
  expect(created.status).toBe(201);
  expect(created.body.data).toMatchObject({
    rule: RULE,
    until,
    reason: 'Pentest',
    is_active: true,
    muted_count: 0,
    created_by: expect.any(String),
  });
  const path = `/v1/mutes/${(created.body.data as { uuid: string }).uuid}`;
  expect((await api.call('GET', path)).body.data).toEqual(created.body.data);
  expect((await api.call('GET', '/v1/mutes')).body.data).toEqual([created.body.data]);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.call('GET', path)).status).toBe(404);
});

test.each([
  ['one that has ended', () => inDays(-0.01), RULE, '/until'],
  ['one that is too long', () => inDays(MAX_MUTE_DAYS + 0.01), RULE, '/until'],
  ['no time', () => 'tomorrow', RULE, '/until'],
  [
    'an unknown field',
    () => inDays(1),
    { any: [{ field: 'host', op: 'eq', value: 'x' }] },
    '/rule/any/0/field',
  ],
])('refuses %s', async (_, until, rule, pointer) => {
  const { status, body } = await create(until(), rule);
  expect(status).toBe(422);
  expect(body['errors']).toEqual([expect.objectContaining({ pointer })]);
});

test('bounds the mutes that are on, and not those that have ended', async () => {
  const data = { rule: RULE, reason: 'x', createdBy: 'test' };
  await api.database.prisma.mute.createMany({
    data: [
      ...Array.from({ length: MAX_MUTES - 1 }, () => ({ ...data, until: new Date(inDays(1)) })),
      { ...data, until: new Date(inDays(-1)) },
    ],
  });
  expect((await create(inDays(1))).status).toBe(201);
  const beyond = await create(inDays(1));
  expect([beyond.status, beyond.body['code']]).toEqual([409, 'resource.conflict']);
  await api.database.query('DELETE FROM mutes');
});

test('lists muted alerts, and those that are not', async () => {
  const muteId = newUuid();
  const muted = await insertAlert(api.database, { muteId });
  const other = await insertAlert(api.database);
  const list = async (isMuted: boolean) =>
    (await api.call('GET', `/v1/alerts?is_muted=${isMuted}`)).body.data;
  expect(await list(true)).toMatchObject([{ uuid: muted, mute_uuid: muteId }]);
  expect(await list(false)).toMatchObject([{ uuid: other }]);
});

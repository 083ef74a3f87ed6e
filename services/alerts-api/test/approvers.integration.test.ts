import { cipherOf, encryptionConfig, loadConfig } from '@calseta/platform';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const WEBHOOK = 'http://127.0.0.1:9000/hooks/s3cret-of-the-webhook';
const SLACK = 'http://127.0.0.1:9001/services/T0/B0/s3cret-of-slack';

type Approver = { uuid: string; signing_secret?: string };
const make = async (fields: object) =>
  await api.call('POST', '/v1/approvers', { body: { name: 'Somebody', ...fields } });
const change = async (uuid: string, body: object) =>
  await api.call('PATCH', `/v1/approvers/${uuid}`, { body });

test('an approver is made, listed and changed; its URLs are stored encrypted and shown nowhere', async () => {
  const made = await make({ principal: 'dora', webhook_url: WEBHOOK, slack_webhook_url: SLACK });
  expect(made.status).toBe(201);
  const { uuid, signing_secret: secret } = made.body.data as Approver;
  expect(secret).toMatch(/^whsec_/);
  expect(made.body.data).toMatchObject({
    principal: 'dora',
    webhook_origin: 'http://127.0.0.1:9000',
    slack_webhook_origin: 'http://127.0.0.1:9001',
  });

  const read = await api.call('GET', `/v1/approvers/${uuid}`);
  const listed = await api.call('GET', '/v1/approvers');
  const row = await api.database.prisma.approver.findUniqueOrThrow({ where: { id: uuid } });
  for (const text of [made.text, read.text, listed.text, JSON.stringify(row)])
    expect(text).not.toContain('s3cret');
  expect(JSON.stringify(row) + read.text).not.toContain(secret);
  const cipher = cipherOf(loadConfig(encryptionConfig, {}));
  expect(cipher.decrypt(row.webhookUrlEncrypted!)).toBe(WEBHOOK);

  const renamed = await change(uuid, { name: 'Dora' });
  expect(renamed.body.data).toMatchObject({ name: 'Dora' });
  expect((await api.call('DELETE', `/v1/approvers/${uuid}`)).status).toBe(204);
  expect((await api.call('GET', `/v1/approvers/${uuid}`)).status).toBe(404);
});

test('a webhook that moves to another origin gets a new secret; one that stays does not', async () => {
  const { uuid } = (await make({ principal: 'mover', webhook_url: WEBHOOK })).body.data as Approver;
  const stays = await change(uuid, { webhook_url: 'http://127.0.0.1:9000/elsewhere' });
  expect(stays.body.data).not.toHaveProperty('signing_secret');
  const moves = await change(uuid, { webhook_url: 'http://127.0.0.1:9002/' });
  expect(moves.body.data).toMatchObject({ signing_secret: expect.stringMatching(/^whsec_/) });
  const dropped = await change(uuid, { webhook_url: null });
  expect(dropped.body.data).not.toHaveProperty('webhook_origin');
});

test('the principal who says where an approver is told is noted', async () => {
  const person = await api.call('POST', '/v1/api-keys', {
    body: { name: 'x', key_type: 'human', principal: 'erik', scopes: ['admin'] },
  });
  const { key } = person.body.data as { key: string };
  const { uuid } = (await make({ principal: 'told' })).body.data as Approver;
  const patch = async (body: object) =>
    (await api.call('PATCH', `/v1/approvers/${uuid}`, { key, body })).body.data;
  expect(await patch({ name: 'Only a name' })).not.toMatchObject({ set_by: 'erik' });
  expect(await patch({ slack_user_id: 'U0ERIK' })).toMatchObject({ set_by: 'erik' });
});

test('what cannot be is refused, and one person is one approver', async () => {
  const problem = async (fields: object) => {
    const { status, body } = await make(fields);
    return [
      status,
      body['code'],
      (body['errors'] as { pointer: string }[] | undefined)?.[0]?.pointer,
    ];
  };
  const invalid = (pointer: string) => [422, 'request.invalid', pointer];
  expect(await problem({ principal: 'agent:x' })).toEqual(invalid('/principal'));
  expect(await problem({ principal: 'a', slack_user_id: '<!channel>' })).toEqual(
    invalid('/slack_user_id'),
  );
  expect(await problem({ principal: 'a', webhook_url: 'ftp://a.example/' })).toEqual(
    invalid('/webhook_url'),
  );
  expect(await problem({ principal: 'a', slack_webhook_url: 'http://169.254.169.254/' })).toEqual([
    422,
    'url.not_allowed',
    '/slack_webhook_url',
  ]);
  await make({ principal: 'twice', slack_user_id: 'U0TWICE' });
  expect(await problem({ principal: 'twice' })).toEqual([409, 'resource.conflict', undefined]);
  const { uuid } = (await make({ principal: 'other' })).body.data as Approver;
  const taken = await change(uuid, { slack_user_id: 'U0TWICE' });
  expect([taken.status, taken.body['code']]).toEqual([409, 'resource.conflict']);
});

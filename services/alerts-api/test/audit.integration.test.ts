import { type AuditEntryResource, type AuditVerification } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const entries = async (query = ''): Promise<AuditEntryResource[]> => {
  const { status, body } = await api.call('GET', `/v1/audit${query}`);
  expect(status).toBe(200);
  return body.data;
};
const verify = async (query = ''): Promise<AuditVerification> => {
  const { status, body } = await api.call('GET', `/v1/audit/verify${query}`);
  expect(status).toBe(200);
  return body.data;
};

test('an entry says who did what, from where, and what was before and after', async () => {
  const made = await api.call('POST', '/v1/agents', {
    body: {
      name: 'Audited',
      webhook_url: 'http://127.0.0.1:8099/hook',
      auth_header: 'Bearer tops3cret',
    },
    headers: { 'x-request-id': 'the-request' },
  });
  const { uuid } = made.body.data as { uuid: string };
  await api.call('PATCH', `/v1/agents/${uuid}`, { body: { timeout_seconds: 7 } });
  await api.call('DELETE', `/v1/agents/${uuid}`);
  const [deleted, updated, created] = await entries(`?resource_id=${uuid}`);
  expect(created).toMatchObject({
    action: 'agent.created',
    actor_type: 'human',
    key_id: expect.any(String),
    request_id: 'the-request',
    via: 'rest',
    address: expect.any(String),
    before: null,
    after: { name: 'Audited', auth_header: '[secret]', signing_secret: '[secret]' },
  });
  expect(updated).toMatchObject({
    action: 'agent.updated',
    before: { timeout_seconds: 10 },
    after: { timeout_seconds: 7 },
  });
  expect(deleted).toMatchObject({
    action: 'agent.deleted',
    before: { name: 'Audited' },
    after: null,
  });
  expect(await verify()).toMatchObject({ is_intact: true, is_complete: true, pending_count: 0 });
});

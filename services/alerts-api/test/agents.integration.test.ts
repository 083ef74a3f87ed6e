import { REQUESTS, newUuid } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const AGENT = {
  name: 'My Investigation Agent',
  webhook_url: 'http://127.0.0.1:9000/webhook',
  auth_header: 'Bearer your-agent-secret',
  trigger_filter: { min_severity: 'High', source_names: ['sentinel', 'elastic'] },
};

const create = async (body: object = AGENT) => await api.call('POST', '/v1/agents', { body });
type Created = { uuid: string; signing_secret: string };

describe('POST /v1/agents', () => {
  test('registers the documented request and shows the signing secret once', async () => {
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      name: AGENT.name,
      webhook_url: AGENT.webhook_url,
      trigger_filter: AGENT.trigger_filter,
      is_active: true,
      has_auth_header: true,
      signing_secret: expect.stringMatching(/^whsec_/),
    });
    const { uuid } = body.data as Created;
    const read = await api.call('GET', `/v1/agents/${uuid}`);
    expect(read.body.data).not.toHaveProperty('signing_secret');
    expect(JSON.stringify(read.body)).not.toContain('your-agent-secret');
  });

  test('keeps its secrets encrypted', async () => {
    const { body } = await create();
    const { uuid, signing_secret: secret } = body.data as Created;
    const row = await api.database.prisma.agent.findUniqueOrThrow({ where: { id: uuid } });
    expect(JSON.stringify(row)).not.toContain('your-agent-secret');
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row.authHeaderEncrypted).toMatch(/^v1:/);
  });

  test.each([
    ['a private address', { webhook_url: 'http://10.0.0.1/hook' }, 'url.not_allowed'],
    ['the metadata service', { webhook_url: 'http://169.254.169.254/latest' }, 'url.not_allowed'],
    ['another scheme', { webhook_url: 'ftp://example.com/x' }, 'request.invalid'],
    ['a header that breaks lines', { auth_header: 'a\r\nX-Evil: 1' }, 'request.invalid'],
    ['an unknown severity', { trigger_filter: { min_severity: 'high' } }, 'request.invalid'],
    ['an unknown filter', { trigger_filter: { colour: 'red' } }, 'request.invalid'],
    ['an unknown field', { webhook: 'x' }, 'request.invalid'],
    ['a time-out beyond the limit', { timeout_seconds: 61 }, 'request.invalid'],
  ])('refuses %s', async (_, change, code) => {
    const { status, body } = await create({ ...AGENT, ...change });
    expect([status, body['code']]).toEqual([422, code]);
  });

  test('takes the edges of its limits', async () => {
    const { status } = await create({ ...AGENT, timeout_seconds: 60, max_concurrency: 100 });
    expect(status).toBe(201);
  });

  test('a repeated Idempotency-Key answers with the same agent and secret', async () => {
    const headers = { 'idempotency-key': newUuid() };
    const first = await api.call('POST', '/v1/agents', { body: AGENT, headers });
    const again = await api.call('POST', '/v1/agents', { body: AGENT, headers });
    expect(again.body).toEqual(first.body);
    const kept = await api.database.prisma.idempotencyRecord.findMany();
    expect(JSON.stringify(kept)).not.toContain((first.body.data as Created).signing_secret);
  });
});

describe('/v1/agents/{uuid}', () => {
  test('changes what is given and leaves the rest', async () => {
    const { uuid } = (await create()).body.data as Created;
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { is_active: false, auth_header: null },
    });
    expect(body.data).toMatchObject({
      is_active: false,
      has_auth_header: false,
      webhook_url: AGENT.webhook_url,
      trigger_filter: AGENT.trigger_filter,
    });
  });

  test('checks a changed URL as well', async () => {
    const { uuid } = (await create()).body.data as Created;
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { webhook_url: 'http://192.168.1.1/' },
    });
    expect(body['code']).toBe('url.not_allowed');
  });

  test('switching a disabled agent on again forgets why it was disabled', async () => {
    const { uuid } = (await create()).body.data as Created;
    await api.database.prisma.agent.update({
      where: { id: uuid },
      data: { isActive: false, disabledReason: 'answered 410', consecutiveFailures: 20 },
    });
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, { body: { is_active: true } });
    expect(body.data).not.toHaveProperty('disabled_reason');
  });

  test('deletes', async () => {
    const { uuid } = (await create()).body.data as Created;
    expect((await api.call('DELETE', `/v1/agents/${uuid}`)).status).toBe(204);
    expect((await api.call('GET', `/v1/agents/${uuid}`)).status).toBe(404);
    expect((await api.call('DELETE', `/v1/agents/${uuid}`)).status).toBe(404);
  });
});

describe('POST /v1/agents/{uuid}/test', () => {
  test('asks the dispatcher and passes its answer on', async () => {
    const { uuid } = (await create()).body.data as Created;
    const asked: unknown[] = [];
    const responder = await api.transport.respond(REQUESTS.testPush, async (body) => {
      asked.push(body);
      return await Promise.resolve({ outcome: 'delivered', status_code: 200, duration_ms: 12 });
    });
    const { status, body } = await api.call('POST', `/v1/agents/${uuid}/test`);
    await responder.drain();
    expect([status, body.data]).toEqual([
      200,
      { outcome: 'delivered', status_code: 200, duration_ms: 12 },
    ]);
    expect(asked).toEqual([{ agent_id: uuid }]);
  });

  test('answers 404 for an unknown agent', async () => {
    expect((await api.call('POST', `/v1/agents/${newUuid()}/test`)).status).toBe(404);
  });
});

describe('deliveries', () => {
  async function insertDelivery(status: 'pending' | 'delivered' | 'dead') {
    const { uuid: agentId } = (await create()).body.data as Created;
    const alertId = await insertAlert(api.database);
    const id = newUuid();
    const at = new Date();
    await api.database.prisma.delivery.create({
      data: {
        id,
        agentId,
        alertId,
        status,
        revision: 1,
        nextAttemptAt: new Date(Date.now() + 3_600_000),
        attemptCount: 1,
        attempts: {
          create: {
            id: newUuid(),
            number: 1,
            startedAt: at,
            durationMs: 7,
            outcome: 'rejected',
            statusCode: 500,
          },
        },
      },
    });
    return { id, alertId, agentId };
  }

  test('are listed with their attempts, of an alert and of an agent', async () => {
    const { id, alertId, agentId } = await insertDelivery('dead');
    const expected = {
      uuid: id,
      webhook_id: `msg_${id}`,
      status: 'dead',
      attempts: [{ number: 1, outcome: 'rejected', status_code: 500, duration_ms: 7 }],
    };
    for (const path of [
      `/v1/alerts/${alertId}/deliveries`,
      `/v1/deliveries?agent_uuid=${agentId}&status=dead`,
    ]) {
      const { body } = await api.call('GET', path);
      expect(body.data).toMatchObject([expected]);
    }
    expect((await api.call('GET', `/v1/deliveries/${id}`)).body.data).toMatchObject(expected);
  });

  test('a dead one is due again after a retry, with the same webhook-id', async () => {
    const { id } = await insertDelivery('dead');
    const { status, body } = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ webhook_id: `msg_${id}`, status: 'pending' });
    const { nextAttemptAt } = await api.database.prisma.delivery.findUniqueOrThrow({
      where: { id },
    });
    expect(nextAttemptAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('a delivered one is not sent again', async () => {
    const { id } = await insertDelivery('delivered');
    const { body } = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(body.data).toMatchObject({ status: 'delivered' });
  });
});

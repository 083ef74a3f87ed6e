import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MAX_SUBSCRIPTIONS } from '@calseta/common';
import { createApiKeyStore, createSourceSettingsStore } from '@calseta/database';
import { ADMIN_KEY, startIngestApi, type TestIngestApi } from './start-ingest-api.js';

let api: TestIngestApi;
let byToken: string;
beforeAll(async () => {
  api = await startIngestApi();
  const { key } = await createApiKeyStore(api.database).create(
    { name: 'token', key_type: 'agent', scopes: ['alerts:ingest'], allowed_sources: ['ms_graph'] },
    { createdBy: 'test', urlTokenSource: 'ms_graph' },
  );
  byToken = `${api.url}/v1/ingest/ms_graph/${key}`;
});
afterAll(async () => await api[Symbol.asyncDispose]());

const plain = (source: string): string => `${api.url}/v1/ingest/${source}`;
const authorization = `Bearer ${ADMIN_KEY}`;
const alerts = async (): Promise<number> => await api.database.prisma.alert.count();

describe('a probe of a URL token', () => {
  test.each(['GET', 'HEAD'])('is answered 200: %s', async (method) => {
    const response = await fetch(byToken, { method });
    expect(response.status).toBe(200);
    const body = await response.text();
    expect(body).toBe(
      method === 'HEAD' ? '' : '{"data":{"source_name":"ms_graph","method":"POST"},"meta":{}}',
    );
  });

  test('is refused with another token, and for other methods', async () => {
    expect((await fetch(`${plain('ms_graph')}/cai_guess`)).status).toBe(401);
    expect((await fetch(`${plain('okta')}/${byToken.split('/').at(-1)}`)).status).toBe(403);
    const deleted = await fetch(byToken, { method: 'DELETE' });
    expect(deleted.status).toBe(405);
    expect(deleted.headers.get('allow')).toBe('POST, GET, HEAD');
    expect((await fetch(plain('ms_graph'), { headers: { authorization } })).status).toBe(405);
  });

  test('of CloudEvents is told that its origin may send', async () => {
    const ask = async (origin: string) =>
      await fetch(byToken, { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } });
    const allowed = await ask('eventgrid.azure.net');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
    expect((await ask('a b')).status).toBe(422);
  });
});

describe('the challenge of an Okta event hook', () => {
  const ask = async (challenge: string, headers: Record<string, string>) =>
    await fetch(plain('okta'), {
      headers: { 'x-okta-verification-challenge': challenge, ...headers },
    });

  test('is given back to who has a key', async () => {
    const response = await ask('a-challenge', { authorization });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ verification: 'a-challenge' });
    expect((await ask('a-challenge', {})).status).toBe(401);
    expect((await ask('x'.repeat(1_024), { authorization })).status).toBe(200);
    expect((await ask('x'.repeat(1_025), { authorization })).status).toBe(422);
  });
});

describe('the validation token of Microsoft Graph', () => {
  const ask = async (url: string, token: string, headers: Record<string, string> = {}) =>
    await fetch(`${url}?validationToken=${encodeURIComponent(token)}`, { method: 'POST', headers });

  test('is given back as text, by URL token alone', async () => {
    const token = 'Validation: Testing client application reachability for +/=<b>';
    const response = await ask(byToken, token);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe(token);
    expect((await ask(byToken, 'x'.repeat(1_024))).status).toBe(200);
    expect((await ask(byToken, 'x'.repeat(1_025))).status).toBe(422);
    expect((await ask(plain('ms_graph'), token, { authorization })).status).toBe(400);
    expect((await ask(`${plain('ms_graph')}/cai_guess`, token)).status).toBe(401);
  });
});

describe('the validation of Azure Event Grid', () => {
  const ask = async (validationCode: string, headers: Record<string, string> = {}) =>
    await fetch(byToken, {
      method: 'POST',
      headers: { 'aeg-event-type': 'SubscriptionValidation', ...headers },
      body: JSON.stringify([
        {
          id: '1',
          eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
          data: { validationCode, validationUrl: 'https://rp-eastus2.eventgrid.azure.net/' },
        },
      ]),
    });

  test('gets its code back, and is no alert', async () => {
    const before = await alerts();
    const response = await ask('512d38b6-c7b8-40c8-89fe-f46f9e9622b6');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
    });
    expect((await ask('x'.repeat(1_025))).status).toBe(422);
    expect(await alerts()).toBe(before);
  });
});

describe('Amazon SNS', () => {
  const TOPIC = 'arn:aws:sns:us-east-1:123456789012:guardduty';
  const headers = {
    'content-type': 'text/plain; charset=UTF-8',
    'x-amz-sns-message-type': 'SubscriptionConfirmation',
  };
  const confirmation = (token: string, topic = TOPIC): string =>
    JSON.stringify({
      Type: 'SubscriptionConfirmation',
      MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
      Token: token,
      TopicArn: topic,
      Message: `You have chosen to subscribe to the topic ${topic}.`,
      SubscribeURL: `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=${token}`,
      Timestamp: '2026-11-28T09:00:00.000Z',
    });
  const listed = async () =>
    (await createSourceSettingsStore(api.database).get('aws_guardduty'))?.subscriptions ?? [];

  test('asks to confirm a subscription, which is kept for an operator and is no alert', async () => {
    const before = await alerts();
    const answer = await api.post('aws_guardduty', confirmation('t1'), { headers });
    expect(answer.status).toBe(202);
    const [request] = await listed();
    expect(answer.body['data']).toEqual({
      subscription_id: request?.id,
      message: expect.stringContaining(
        `/v1/sources/aws_guardduty/subscriptions/${request?.id}/confirm`,
      ),
    });
    expect(request).toMatchObject({
      type: 'SubscriptionConfirmation',
      topic_arn: TOPIC,
      subscribe_url: expect.stringContaining('Token=t1'),
    });
    expect(api.logged()).toContain('ingest.subscription_requested');
    expect(api.logged()).not.toContain('Token=t1');
    expect(await alerts()).toBe(before);

    await api.post('aws_guardduty', confirmation('t2'), { headers });
    expect(await listed()).toMatchObject([
      { id: request?.id, subscribe_url: expect.stringContaining('Token=t2') },
    ]);
  });

  test(`is kept ${MAX_SUBSCRIPTIONS} times at most, newest first, and never when it is too long`, async () => {
    for (let number = 0; number < MAX_SUBSCRIPTIONS + 2; number += 1) {
      await api.post('aws_guardduty', confirmation('t', `${TOPIC}-${number}`), { headers });
    }
    const kept = await listed();
    expect(kept).toHaveLength(MAX_SUBSCRIPTIONS);
    expect(kept[0]?.topic_arn).toBe(`${TOPIC}-${MAX_SUBSCRIPTIONS + 1}`);
    expect((await api.post('okta', confirmation('t', 'x'.repeat(257)), { headers })).status).toBe(
      422,
    );
  });

  const notify = async (source: string, message: string, subject?: string) => {
    const body = JSON.stringify({
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: TOPIC,
      ...(subject !== undefined && { Subject: subject }),
      Message: message,
      Timestamp: '2026-11-28T10:00:00.000Z',
    });
    const { body: answer } = await api.post(source, body, {
      headers: { 'content-type': 'text/plain' },
    });
    const { alert_uuid: id } = answer['data'] as unknown as { alert_uuid: string };
    return {
      body,
      alert: await api.database.prisma.alert.findUniqueOrThrow({ where: { id } }),
      id,
    };
  };

  test.each(['aws_guardduty', 'generic'])(
    'brings plain text, which is an alert of %s',
    async (source) => {
      const text = 'Finding UnauthorizedAccess:EC2/SSHBruteForce severity 8 from 45.155.205.99';
      const { alert } = await notify(source, JSON.stringify(text), 'GuardDuty');
      expect(alert).toMatchObject({
        stage: 'ingested',
        title: `GuardDuty: ${text}`,
        description: text,
        occurredAt: new Date('2026-11-28T10:00:00Z'),
      });
      const several = await notify(source, 'first line\nsecond line');
      expect(several.alert).toMatchObject({
        title: 'first line',
        description: 'first line\nsecond line',
      });
    },
  );

  test('brings JSON, which is the payload, with the digits that were sent', async () => {
    const inner = '{"title":"By SNS","native_alert_id":5631147372998124824,"score":1.10}';
    const { alert, body, id } = await notify('generic', inner);
    expect(alert).toMatchObject({ title: 'By SNS', nativeAlertId: '5631147372998124824' });
    expect(await api.rawPayload(id)).toBe(inner);
    expect(Buffer.from(alert.originalBody ?? []).toString()).toBe(body);
  });
});

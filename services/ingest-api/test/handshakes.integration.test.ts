import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKeyStore } from '@calseta/database';
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

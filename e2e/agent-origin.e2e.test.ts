import { startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

const ROUNDS = 15;

let pipeline: Pipeline;
let home: WebhookSink;
let elsewhere: WebhookSink;
/** A key that may only change agents. */
let key: string;

type Agent = { uuid: string; signing_secret: string };

beforeAll(async () => {
  [pipeline, home, elsewhere] = await Promise.all([
    startPipeline({ transport: 'in-process' }),
    startWebhookSink(),
    startWebhookSink(),
  ]);
  const made = await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', {
    name: 'Changes agents',
    key_type: 'human',
    scopes: ['agents:read', 'agents:write'],
  });
  key = made.key;
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

const register = async (authHeader: string) =>
  await pipeline.api.ask<Agent>('POST', '/v1/agents', {
    name: 'Agent',
    webhook_url: `${home.url}/webhook`,
    auth_header: authHeader,
  });
const patch = async (uuid: string, body: object) =>
  await pipeline.api.call('PATCH', `/v1/agents/${uuid}`, { key, body });
const pushTest = async (uuid: string) =>
  await pipeline.api.call('POST', `/v1/agents/${uuid}/test`, { key });

describe('a key that may change agents', () => {
  test('reads no secret by pointing the webhook elsewhere', async () => {
    const { uuid } = await register('Bearer kept-for-home');
    expect((await patch(uuid, { webhook_url: elsewhere.url })).status).toBe(422);
    await pushTest(uuid);
    expect(elsewhere.requests).toEqual([]);
    expect(home.requests.at(-1)?.headers.authorization).toBe('Bearer kept-for-home');
  });

  test('moves a webhook with another secret, and gets nothing that the old ones made', async () => {
    const { uuid, signing_secret: old } = await register('Bearer kept-for-home');
    const moved = await patch(uuid, { webhook_url: elsewhere.url, auth_header: null });
    const { signing_secret: fresh } = moved.body.data as Agent;
    await pushTest(uuid);
    const { headers, body } = elsewhere.requests.at(-1)!;
    expect(headers.authorization).toBeUndefined();
    const signed = headers as Record<string, string>;
    expect(new Webhook(fresh).verify(body, signed)).toMatchObject({ event: 'alert.enriched' });
    expect(() => new Webhook(old).verify(body, signed)).toThrow();
  });

  test('makes no push carry the secret of one place to another, however fast it moves', async () => {
    const { uuid } = await register('Bearer for-home');
    const places = [
      { webhook_url: `${elsewhere.url}/race`, auth_header: 'Bearer for-elsewhere' },
      { webhook_url: `${home.url}/race`, auth_header: 'Bearer for-home' },
    ];
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(places.flatMap((place) => [patch(uuid, place), pushTest(uuid)]));
    }
    const sentTo = ({ requests }: WebhookSink) =>
      new Set(
        requests.filter(({ path }) => path === '/race').map(({ headers }) => headers.authorization),
      );
    expect(sentTo(home)).toEqual(new Set(['Bearer for-home']));
    expect(sentTo(elsewhere)).toEqual(new Set(['Bearer for-elsewhere']));
  });
});

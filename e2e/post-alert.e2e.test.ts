import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CallOptions } from './support/call-api.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

type Result = { alert_uuid: string; status: string; duplicate_count: number };

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'rabbitmq' });
});
afterAll(async () => await pipeline[Symbol.asyncDispose]());

const post = async (body: unknown, options: Omit<CallOptions, 'body'> = {}) =>
  await pipeline.api.call('POST', '/v1/alerts', { ...options, body });
const posted = async (payload: unknown): Promise<Result> => {
  const { status, body } = await post({ source_name: 'generic', payload });
  expect(status).toBe(202);
  return body.data;
};

describe('POST /v1/alerts', () => {
  test('is read, stored and sent through the pipeline as at ingest, by the caller', async () => {
    const text =
      '{"payload": {"title":"Posted","severity":"High","id": 9007199254740993123 , "n":"a\\u0000b"},' +
      ' "source_name": "generic"}';
    const { status, body } = await post(text);
    expect(status).toBe(202);
    const { alert_uuid: uuid } = body.data as Result;
    expect(body.data).toEqual({
      alert_uuid: uuid,
      status: 'queued',
      is_duplicate: false,
      duplicate_count: 0,
    });
    const raw = await fetch(`${pipeline.url}/v1/alerts/${uuid}/raw`, {
      headers: {
        authorization: `Bearer ${(await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', { name: 'reader', key_type: 'human', scopes: ['alerts:read'] })).key}`,
      },
    });
    expect(await raw.text()).toBe(
      '{"title":"Posted","severity":"High","id": 9007199254740993123 , "n":"a\\u0000b"}',
    );
    await eventually(async () => {
      const alert = await pipeline.api.ask<{ pipeline_stage: string }>('GET', `/v1/alerts/${uuid}`);
      expect(alert.pipeline_stage).toBe('dispatched');
    });
    const me = await pipeline.api.ask<{ key_id: string }>('GET', '/v1/me');
    const [received] = await pipeline.api.ask<[{ kind: string; actor: string }]>(
      'GET',
      `/v1/alerts/${uuid}/activity`,
    );
    expect(received).toMatchObject({ kind: 'received', actor: me.key_id });
  });

  test('is a repeat of what came in at the ingest route, and the other way round', async () => {
    const payload = { title: 'Twice', severity: 'Low', description: 'The same at both doors.' };
    const first = await pipeline.api.ask<Result>('POST', '/v1/ingest/generic', payload);
    const second = await posted(payload);
    const third = await pipeline.api.ask<Result>('POST', '/v1/ingest/generic', payload);
    expect(second).toMatchObject({ alert_uuid: first.alert_uuid, status: 'deduplicated' });
    expect(third).toMatchObject({ alert_uuid: first.alert_uuid, duplicate_count: 2 });
  });

  test('takes a list, the alerts of an envelope, and up to 1 MiB', async () => {
    const list = (await posted([{ title: 'One' }, { title: 'Two' }, {}])) as never as {
      results: { status: unknown; code?: string }[];
    };
    expect(list.results.map(({ status }) => status)).toEqual(['queued', 'queued', 422]);
    const long = (length: number) => ({ title: 'Long', description: '"'.repeat(length / 2) });
    const overhead = JSON.stringify(long(0)).length;
    expect(await posted(long(1024 * 1024 - overhead))).toMatchObject({ status: 'queued' });
    const tooLong = await post({ source_name: 'generic', payload: long(1024 * 1024) });
    expect([tooLong.status, tooLong.body['code']]).toEqual([413, 'request.too_large']);
  });

  test('keeps in quarantine what its source cannot read', async () => {
    const { body } = await post({ source_name: 'sentinel', payload: { nothing: 'of Sentinel' } });
    expect(body.data).toMatchObject({ status: 'quarantined' });
  });

  test('says of a refused batch why each alert of it was refused', async () => {
    const { status, body } = await post({ source_name: 'generic', payload: [{}, { a: 1 }] });
    expect(status).toBe(422);
    expect(body['results']).toHaveLength(2);
  });

  test.each([
    ['no title', { source_name: 'generic', payload: { severity: 'Low' } }, 422, 'request.invalid'],
    ['no payload', { source_name: 'generic' }, 422, 'request.invalid'],
    ['an unknown source', { source_name: 'nobody', payload: {} }, 404, 'source.unknown'],
    ['another field', { source_name: 'generic', payload: {}, more: 1 }, 422, 'request.invalid'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  test('refuses a key of another source before it tells whether there is one', async () => {
    const { key } = await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', {
      name: 'sender',
      key_type: 'human',
      scopes: ['alerts:ingest'],
      allowed_sources: ['sentinel'],
    });
    for (const source_name of ['generic', 'nobody']) {
      const { status } = await post({ source_name, payload: { title: 'No' } }, { key });
      expect(status).toBe(403);
    }
    const own = await post({ source_name: 'sentinel', payload: { title: 'Own' } }, { key });
    expect(own.status).toBe(202);
  });

  test('counts an Idempotency-Key with the text as the identity of the alert', async () => {
    const send = async (key: string, title: string) => {
      const body = { source_name: 'generic', payload: { title } };
      const { status, body: answer } = await post(body, { headers: { 'idempotency-key': key } });
      expect(status).toBe(202);
      return answer.data as Result;
    };
    const first = await send('k-1', 'Keyed');
    expect(await send('k-1', 'Keyed')).toMatchObject({
      ...first,
      status: 'deduplicated',
      is_duplicate: true,
      duplicate_count: 1,
    });
    for (const other of [await send('k-2', 'Keyed'), await send('k-1', 'Other')]) {
      expect(other.status).toBe('queued');
    }
  });

  test('sends what a signed source demands to its ingest route', async () => {
    await pipeline.api.ask('POST', '/v1/sources', {
      name: 'signed',
      field_mapping: { fields: { title: ['title'] } },
    });
    await pipeline.api.ask('POST', '/v1/sources/signed/hmac-secrets', {});
    await eventually(async () => {
      const { status, body } = await post({
        source_name: 'signed',
        payload: { title: 'Unsigned' },
      });
      expect([status, body['code']]).toEqual([401, 'auth.signature_invalid']);
    });
  });

  test('is refused with a time to wait while nobody can commit it', async () => {
    const ingest = pipeline.services.find(({ name }) => name === 'ingest-api')!;
    await ingest.stop();
    const { status, headers, body } = await post({
      source_name: 'generic',
      payload: { title: 'Lost?' },
    });
    expect([status, body['code']]).toEqual([503, 'service.unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await pipeline.start('ingest-api');
    expect(await posted({ title: 'Lost?' })).toMatchObject({ status: 'queued' });
  }, 300_000);
});

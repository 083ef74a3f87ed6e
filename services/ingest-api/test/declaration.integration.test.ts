import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REQUEST_ENCODINGS, INGEST_EXAMPLES, INGEST_ROUTES } from '@calseta/common';
import { SOURCE_PLUGINS } from '../src/sources/registry.js';
import { assertDeclared } from './assert-declared.js';
import { startIngestApi, type TestIngestApi } from './start-ingest-api.js';

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const { bodies } = INGEST_ROUTES.plain;
const QUEUED = { data: { status: 'queued', is_duplicate: false } };

describe('what is declared of ingest', () => {
  test('has an example for each built-in source, and for no other', () => {
    const names = SOURCE_PLUGINS.map(({ name }) => name);
    expect(Object.keys(INGEST_EXAMPLES).toSorted()).toEqual(names.toSorted());
  });

  test.each(Object.entries(INGEST_EXAMPLES))('%s takes its example', async (source, example) => {
    const answer = await api.post(source, JSON.stringify(example));
    expect([answer.status, answer.body]).toEqual([202, expect.objectContaining({ meta: {} })]);
    const { data } = answer.body as unknown as {
      data: { alert_uuid?: string; results?: { alert_uuid: string }[] };
    };
    const id = data.alert_uuid ?? data.results?.[0]?.alert_uuid ?? '';
    const alert = await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });
    expect(alert).toMatchObject({ sourceName: source, stage: 'ingested' });
    expect(alert.severity).not.toBe('Pending');
    expect(alert.title).not.toBe('');
  });

  test('is read in each content type by its examples', async () => {
    const read = Object.entries(bodies).filter(([type]) => type !== 'application/json');
    expect(read.length).toBeGreaterThan(0);
    for (const [type, { examples }] of read) {
      for (const { value } of Object.values<{ value: unknown }>(examples)) {
        const body =
          typeof value === 'string' ? value : new URLSearchParams(value as Record<string, string>);
        const answer = await api.post('generic', String(body), {
          headers: { 'content-type': type },
        });
        expect(answer.status).toBe(202);
      }
    }
  });

  test.each(REQUEST_ENCODINGS)('is inflated from %s', async (encoding) => {
    const body = gzipSync(JSON.stringify({ title: `packed by ${encoding}` }));
    const answer = await api.post('generic', body, { headers: { 'content-encoding': encoding } });
    expect(answer.body).toMatchObject(QUEUED);
  });

  test('refuses encodings that are not declared', async () => {
    const body = deflateSync('{"title":"deflated"}');
    const answer = await api.post('generic', body, { headers: { 'content-encoding': 'deflate' } });
    expect(answer).toMatchObject({
      status: 415,
      body: { code: 'request.unsupported_media_type' },
    });
  });

  test('tells an answer that is not declared from one that is', () => {
    const alert_uuid = '01937b5e-9c00-7000-8000-000000000001';
    const data = { alert_uuid, ...QUEUED.data, duplicate_count: 0 };
    expect(() => assertDeclared(202, { data, meta: {} })).not.toThrow();
    expect(() => assertDeclared(202, { data: { ...data, more: 1 }, meta: {} })).toThrow('declared');
    expect(() => assertDeclared(404, { code: 'source.unknown' })).not.toThrow();
    expect(() => assertDeclared(404, { code: 'resource.not_found' })).toThrow('not declared');
    expect(() => assertDeclared(400, { code: 'source.unknown' })).toThrow('not declared');
  });
});

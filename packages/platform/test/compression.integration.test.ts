import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { defineRoute, etagOf, reply, requireMatch, type Route } from '@calseta/platform';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startApp } from './support/start-app.js';

const LONG = 'a word '.repeat(400);
const shape = {
  scope: null,
  summary: 'A test',
  tags: ['Test'],
  query: z.object({ text: z.string().default(LONG) }),
} as const;
const data = z.object({ text: z.string() });

const routes: Route[] = [
  defineRoute({
    ...shape,
    method: 'GET',
    path: '/text',
    operationId: 'getText',
    responses: { 200: data },
    handler: async ({ query }) => await Promise.resolve(reply(200, query, { ETag: etagOf('v1') })),
  }),
  defineRoute({
    ...shape,
    method: 'POST',
    path: '/text',
    operationId: 'makeText',
    responses: { 201: data },
    handler: async ({ query }) => await Promise.resolve(reply(201, query)),
  }),
  defineRoute({
    ...shape,
    method: 'PATCH',
    path: '/text',
    operationId: 'changeText',
    responses: { 200: data },
    errors: ['resource.precondition_failed'],
    async handler({ query, request: { headers } }) {
      requireMatch(headers['if-match'], etagOf('v1'));
      return await Promise.resolve(reply(200, query));
    },
  }),
];

let app: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  app = await startApp(routes);
});
afterAll(async () => await app.close());

type Answer = { status: number; headers: Record<string, string | undefined>; bytes: Buffer };

/** Unlike fetch, leaves the body as it was sent. */
const call = async (
  method: string,
  encoding: string | undefined,
  { query = '', ifMatch }: { query?: string; ifMatch?: string } = {},
) =>
  await new Promise<Answer>((resolve, reject) => {
    const headers = {
      ...(encoding !== undefined && { 'accept-encoding': encoding }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    };
    const sent = request(`${app.url}/text${query}`, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Answer['headers'],
          bytes: Buffer.concat(chunks),
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });

const PLAIN = JSON.stringify({ text: LONG });

describe('JSON answers', () => {
  test.each([
    ['gzip', 'gzip', gunzipSync],
    ['br', 'br', brotliDecompressSync],
    ['gzip;q=0.5, br', 'br', brotliDecompressSync],
    ['br;q=0, *', 'gzip', gunzipSync],
  ])('for Accept-Encoding: %s are sent as %s', async (accepted, encoding, decompress) => {
    const { headers, bytes } = await call('GET', accepted);
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      vary: 'Accept-Encoding',
      etag: 'W/"v1"',
      'content-length': String(bytes.length),
    });
    expect(bytes.length).toBeLessThan(PLAIN.length / 2);
    expect(decompress(bytes).toString()).toBe(PLAIN);
  });

  test.each([undefined, 'identity', 'zstd', 'gzip;q=0, br;q=0'])(
    'for Accept-Encoding: %s are sent plainly, with a strong tag',
    async (accepted) => {
      const { headers, bytes } = await call('GET', accepted);
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers).toMatchObject({ vary: 'Accept-Encoding', etag: '"v1"' });
      expect(bytes.toString()).toBe(PLAIN);
    },
  );

  test('are compressed from 2,048 bytes on', async () => {
    const overhead = JSON.stringify({ text: '' }).length;
    const ofLength = async (length: number) =>
      await call('GET', 'gzip', { query: `?text=${'x'.repeat(length - overhead)}` });
    expect((await ofLength(2_047)).headers['content-encoding']).toBeUndefined();
    expect((await ofLength(2_048)).headers['content-encoding']).toBe('gzip');
  });

  test('that may reveal a secret, where something is made or changed, are never compressed', async () => {
    for (const method of ['POST', 'PATCH']) {
      const { headers, bytes } = await call(method, 'gzip, br');
      expect(headers['content-encoding']).toBeUndefined();
      expect(bytes.toString()).toBe(PLAIN);
    }
  });

  test('name the version that If-Match takes, compressed or not', async () => {
    const { headers } = await call('GET', 'br');
    expect((await call('PATCH', 'br', { ifMatch: headers['etag'] ?? '' })).status).toBe(200);
    expect((await call('PATCH', 'br', { ifMatch: '"v1"' })).status).toBe(200);
    expect((await call('PATCH', 'br', { ifMatch: 'W/"v2"' })).status).toBe(412);
  });
});

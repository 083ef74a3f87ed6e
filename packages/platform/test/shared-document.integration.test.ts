import { type IncomingMessage, type ServerResponse } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineRawRoute, shareDocument } from '@calseta/platform';
import { type App, speak, startApp } from './support/start-app.js';

const TEXT = 'A document that everybody may read. '.repeat(1_000);
const send = shareDocument('text/plain; charset=utf-8', TEXT, { 'X-Own': 'yes' });

let app: App;
beforeAll(async () => {
  app = await startApp([
    defineRawRoute({
      method: 'GET',
      path: '/document',
      operationId: 'getDocument',
      scope: null,
      summary: 'A document',
      tags: ['docs'],
      raw: async ({ req, res }) => await send(req, res),
    }),
  ]);
});
afterAll(async () => await app.close());

/** The raw answer; fetch would decompress it. */
async function ask(headers: Record<string, string>, method = 'GET') {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = await speak(
    app.port,
    (write) =>
      write(
        `${method} /document HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}\r\n`,
      ),
    'latin1',
  );
  const [head = '', body = ''] = text.split(/\r\n\r\n([^]*)/);
  const header = (name: string) => new RegExp(`^${name}: (.*)\r?$`, 'im').exec(head)?.[1];
  return { status: Number(head.split(' ')[1]), header, body: Buffer.from(body, 'latin1') };
}

describe('a shared document', () => {
  test.each([
    [undefined, undefined],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, br;q=0.5', 'gzip'],
    ['gzip;q=0.2, br;q=0.9', 'br'],
    ['*', 'br'],
    ['identity', undefined],
    ['deflate', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['identity;q=0', undefined],
    ['nonsense;q=x,,;', undefined],
  ])('for Accept-Encoding %p comes as %p', async (accepted, encoding) => {
    const answer = await ask(accepted === undefined ? {} : { 'Accept-Encoding': accepted });
    expect([answer.status, answer.header('Content-Encoding')]).toEqual([200, encoding]);
    const decoded =
      encoding === 'gzip'
        ? gunzipSync(answer.body)
        : encoding === 'br'
          ? brotliDecompressSync(answer.body)
          : answer.body;
    expect(decoded.toString()).toBe(TEXT);
    expect(answer.header('Content-Length')).toBe(String(answer.body.length));
    expect(answer.header('Vary')).toBe('Accept-Encoding');
    expect(answer.header('X-Own')).toBe('yes');
    expect(answer.header('Cache-Control')).toBe('no-cache');
  });

  test('is not sent again to those who know it', async () => {
    for (const encoding of ['identity', 'gzip', 'br']) {
      const first = await ask({ 'Accept-Encoding': encoding });
      const etag = first.header('ETag') ?? '';
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await ask({ 'Accept-Encoding': encoding, 'If-None-Match': known });
        expect([again.status, again.body.length, again.header('ETag')]).toEqual([304, 0, etag]);
        expect(again.header('Vary')).toBe('Accept-Encoding');
      }
      const other = await ask({ 'Accept-Encoding': encoding, 'If-None-Match': '"other"' });
      expect(other.status).toBe(200);
    }
  });

  test('has a tag of its own in each encoding', async () => {
    const tags = await Promise.all(
      ['identity', 'gzip', 'br'].map(async (encoding) =>
        (await ask({ 'Accept-Encoding': encoding })).header('ETag'),
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  test('has the same headers for a HEAD, and no body', async () => {
    const answer = await ask({ 'Accept-Encoding': 'gzip' }, 'HEAD');
    const { header } = await ask({ 'Accept-Encoding': 'gzip' });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(answer.header('Content-Length')).toBe(header('Content-Length'));
  });

  test.each(['identity', 'gzip', 'br'])(
    'is one buffer for all who take it as %s',
    async (encoding) => {
      const sent = await Promise.all([1, 2, 3].map(async () => await bytesSent(encoding)));
      expect(sent[0]).toBeInstanceOf(Buffer);
      for (const bytes of sent) expect(bytes).toBe(sent[0]);
    },
  );
});

async function bytesSent(encoding: string): Promise<unknown> {
  let sent: unknown;
  const req = { headers: { 'accept-encoding': encoding } } as unknown as IncomingMessage;
  const res = { writeHead: () => res, end: (bytes: unknown) => (sent = bytes) };
  await send(req, res as unknown as ServerResponse);
  return sent;
}

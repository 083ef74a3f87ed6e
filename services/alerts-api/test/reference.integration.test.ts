import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const get = async (path: string) => {
  const response = await fetch(api.url + path);
  return { response, text: await response.text() };
};

describe('/docs', () => {
  test('lets in scripts and styles of this origin, and style elements with nothing in them', async () => {
    const { response, text } = await get('/docs');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    const empty = createHash('sha256').digest('base64');
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'sha256-${empty}'`,
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(text).not.toMatch(/https?:|<style|<script(?![^>]* src=)/);
  });

  test('names files that are there, with their types', async () => {
    const { text } = await get('/docs');
    const linked = [...text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path]) => path);
    const { text: script } = await get('/docs/docs.js');
    const imported = [...script.matchAll(/import\('\.\/([^']+)'\)/g)].map(([, name]) => name);
    expect([linked, imported]).toEqual([['docs/docs.css', 'docs/docs.js'], ['redoc.js']]);
    for (const path of [...linked, ...imported.map((name) => `docs/${name}`)]) {
      const { response, text: file } = await get(`/${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(
        path?.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
      );
      expect(file.length).toBeGreaterThan(100);
    }
  });

  test('knows every code that a problem’s type leads to', async () => {
    const { body } = await api.call('GET', '/v1/alerts?page_size=0');
    const [, code = ''] = /^\/docs#error-(.+)$/.exec(String(body['type'])) ?? [];
    const { text } = await get('/openapi.json');
    expect((JSON.parse(text) as { 'x-error-codes': object })['x-error-codes']).toHaveProperty([
      code,
    ]);
  });
});

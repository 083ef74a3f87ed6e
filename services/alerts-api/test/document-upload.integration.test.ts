import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DOCUMENT_UPLOAD } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const PATH = '/v1/context-documents';
const RULES = { any: [{ field: 'tags', op: 'contains', value: 'identity' }] };

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Files = Record<string, string | Buffer>;
type Problem = { code: string; detail: string; errors?: { pointer: string; message: string }[] };

const aForm = (files: Files, fields: Record<string, string | string[]> = {}): FormData => {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(files)) {
    form.append('files', new Blob([Buffer.from(bytes)]), name);
  }
  for (const [name, value] of Object.entries({
    doc_type: 'runbook',
    is_global: 'true',
    ...fields,
  })) {
    for (const text of [value].flat()) form.append(name, text);
  }
  return form;
};

async function upload(body: FormData, headers: Record<string, string> = {}) {
  const answer = await fetch(api.url + PATH, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
    body,
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Problem & { data: unknown },
  };
}

const count = async () =>
  ((await api.call('GET', `${PATH}?include_total=true`)).body.meta as { total: number }).total;

describe('an upload', () => {
  test('of one file becomes a document, with every field', async () => {
    const fields = {
      is_global: 'false',
      targeting_rules: JSON.stringify(RULES),
      tags: ['a, b', 'c'],
    };
    const form = aForm({ 'Phishing größer.md': '## Scope\nMail.' }, fields);
    const { status, body } = await upload(form);
    expect({ status, data: body.data }).toMatchObject({
      status: 201,
      data: {
        title: 'Phishing größer',
        doc_type: 'runbook',
        content: '## Scope\nMail.',
        is_global: false,
        targeting_rules: RULES,
        tags: ['a', 'b', 'c'],
        version: 1,
      },
    });
    const titled = await upload(aForm({ 'x.TXT': 'text' }, { title: 'Named by hand' }));
    expect(titled.body.data).toMatchObject({ title: 'Named by hand', content: 'text' });
  });

  test('of several files becomes as many documents or, when one is refused, none', async () => {
    const { status, body } = await upload(aForm({ 'a.md': 'A', 'b.txt': '\ufeffB', 'c.md': 'C' }));
    expect(status).toBe(201);
    expect(body.data).toMatchObject([
      { title: 'a', content: 'A' },
      { title: 'b', content: 'B' },
      { title: 'c', content: 'C' },
    ]);
    const before = await count();
    const refused = await upload(aForm({ 'd.md': 'D', 'e.pdf': 'E', 'f.md': '' }));
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'request.invalid',
        errors: expect.arrayContaining([
          { pointer: '/files/1', message: 'needs a name that ends in .md or .txt' },
          expect.objectContaining({ pointer: '/files/2/text' }),
        ]),
      },
    });
    expect(await count()).toBe(before);
  });

  test('is made once for one Idempotency-Key, whatever its boundary is', async () => {
    const key = { 'idempotency-key': 'the-same-form' };
    const first = await upload(aForm({ 'once.md': 'Once' }), key);
    const again = await upload(aForm({ 'once.md': 'Once' }), key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body.data).toEqual(first.body.data);
    expect((await upload(aForm({ 'once.md': 'Twice' }), key)).status).toBe(409);
  });
});

describe('an upload is refused', () => {
  const big = 'x'.repeat(DOCUMENT_UPLOAD.maxFileBytes + 1);
  const many = Object.fromEntries(
    Array.from({ length: DOCUMENT_UPLOAD.maxFiles + 1 }, (_, n) => [`${n}.md`, 'x']),
  );
  test.each<[string, FormData, number, string]>([
    ['without a file', aForm({}), 422, '/files'],
    ['with too many files', aForm(many), 422, '/files'],
    ['with a file that is too long', aForm({ 'a.md': 'x', 'b.md': big }), 413, '/files/1'],
    [
      'with more characters than a document holds',
      aForm({ 'a.md': 'x'.repeat(200_001) }),
      422,
      '/files/0/text',
    ],
    ['that is binary', aForm({ 'a.md': Buffer.from([0x50, 0x4b, 3, 4]) }), 422, '/files/0'],
    ['in another charset', aForm({ 'a.md': Buffer.from('gr\xfcn', 'latin1') }), 422, '/files/0'],
    ['with an unknown field', aForm({ 'a.md': 'x' }, { colour: 'red' }), 422, '/colour'],
    ['with an unknown type', aForm({ 'a.md': 'x' }, { doc_type: 'novel' }), 422, '/doc_type'],
    ['with a field given twice', aForm({ 'a.md': 'x' }, { title: ['x', 'y'] }), 422, '/title'],
    [
      'with one title for two files',
      aForm({ 'a.md': 'x', 'b.md': 'x' }, { title: 'x' }),
      422,
      '/title',
    ],
    [
      'with a field that is too long',
      aForm({ 'a.md': 'x' }, { title: 'x'.repeat(65_537) }),
      413,
      '/title',
    ],
    [
      'with too many fields',
      aForm({ 'a.md': 'x' }, { tags: Array.from({ length: 121 }, () => 'x') }),
      422,
      '',
    ],
    [
      'with a rule that is no JSON',
      aForm({ 'a.md': 'x' }, { targeting_rules: '{' }),
      422,
      '/targeting_rules',
    ],
    [
      'with a rule that names an unknown field',
      aForm(
        { 'a.md': 'x' },
        { is_global: 'false', targeting_rules: '{"all":[{"field":"x","op":"eq","value":1}]}' },
      ),
      422,
      '/targeting_rules/all/0/field',
    ],
    [
      'global and targeted',
      aForm({ 'a.md': 'x' }, { targeting_rules: JSON.stringify(RULES) }),
      422,
      '/targeting_rules',
    ],
    ['without a name', aForm({ '.md': 'x' }), 422, '/files/0'],
  ])('%s', async (_, form, status, pointer) => {
    const answer = await upload(form);
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([
      status,
      expect.arrayContaining([pointer]),
    ]);
  });

  test('when the form is larger than its bound, cut off, or has no boundary', async () => {
    const raw = async (body: string, type: string) => {
      const answer = await fetch(api.url + PATH, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': type },
        body,
      });
      return `${answer.status} ${((await answer.json()) as Problem).code}`;
    };
    const part = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\nx';
    expect(await raw(part, 'multipart/form-data; boundary=b')).toBe('400 request.malformed');
    expect(await raw(part, 'multipart/form-data')).toBe('400 request.malformed');
    expect(await raw('', 'multipart/form-data; boundary=b')).toBe('400 request.malformed');
    expect(await raw(part, 'multipart/mixed; boundary=b')).toBe(
      '415 request.unsupported_media_type',
    );
    const text = 'x'.repeat(DOCUMENT_UPLOAD.maxFileBytes);
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`${n}.md`, text]));
    expect((await upload(aForm(six))).status).toBe(413);
  });

  test('while it arrives, when it grows beyond its bound without saying its length', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(api.url + PATH, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ADMIN_KEY}`,
          'content-type': 'multipart/form-data; boundary=b',
        },
      });
      sent.on('response', (answer) => resolve(answer.resume().statusCode));
      sent.on('error', reject);
      sent.write('--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n');
      // Never ended: an answer shows that nobody waits for the rest.
      sent.write('x'.repeat(DOCUMENT_UPLOAD.maxFileBytes + 65_536));
    });
    expect(status).toBe(413);
  });
});

const hasCurl = (): boolean => {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
};

(hasCurl() ? test : test.skip)('the example of the page works', async () => {
  const page = await readFile(
    new URL('../../../docs/context-documents.md', import.meta.url),
    'utf8',
  );
  const example = /## Upload files[\s\S]*?```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'upload-'));
  try {
    await writeFile(join(folder, 'phishing.md'), '# Phishing');
    await writeFile(join(folder, 'identity.txt'), 'Identity');
    const command = example.replace('http://localhost:8000', api.url);
    const options = { cwd: folder, env: { ...process.env, CALSETA_KEY: ADMIN_KEY } };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], options);
    expect(JSON.parse(stdout)).toMatchObject({
      data: [
        { title: 'phishing', content: '# Phishing', tags: ['identity', 'mail'] },
        { title: 'identity', content: 'Identity', targeting_rules: RULES },
      ],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

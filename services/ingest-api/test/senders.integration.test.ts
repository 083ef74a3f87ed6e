import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REQUESTS } from '@calseta/common';
import { ADMIN_KEY, startIngestApi, type TestIngestApi } from './start-ingest-api.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGES = join(ROOT, 'docs/senders');
const WAZUH_SCRIPT = join(ROOT, 'deploy/senders/wazuh/custom-calseta');
const run = promisify(execFile);

type Block = { info: string; text: string };
type Example = { page: string; source: string; body: string; alert: unknown };

const blocksOf = (page: string): Block[] =>
  [
    ...readFileSync(join(PAGES, page), 'utf8').matchAll(
      /^```(?<info>[^\n]*)\n(?<text>.*?)^```$/gms,
    ),
  ].map(({ groups }) => ({ info: groups!['info']!, text: groups!['text']! }));

/** Each body on a page, with the alert printed after it. */
const examplesOf = (page: string): Example[] =>
  blocksOf(page).flatMap(({ info, text }, index, blocks) => {
    const source = /^json ingest (?<source>\w+)$/.exec(info)?.groups?.['source'];
    if (source === undefined) return [];
    const next = blocks[index + 1];
    if (next?.info !== 'json alert') throw new Error(`${page}: no alert stands behind a body`);
    return [{ page, source, body: text, alert: JSON.parse(next.text) as unknown }];
  });

const pages = readdirSync(PAGES);
const examples = pages.flatMap(examplesOf);

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Answer = { alert_uuid: string; status: string; results?: Answer[] };

async function post(source: string, body: string): Promise<Answer> {
  const answer = await api.post(source, body, { headers: { 'content-type': 'application/json' } });
  expect(answer.status).toBe(202);
  const data: Answer = answer.body['data']!;
  return data.results?.[0] ?? data;
}

describe('pages of senders', () => {
  test.each(pages)('%s says what to paste, what comes of it, and three mistakes', (page) => {
    const text = readFileSync(join(PAGES, page), 'utf8');
    expect(text.match(/^## .*$/gm)).toEqual([
      '## Paste',
      '## The first alert',
      '## Three mistakes',
    ]);
    expect(text.match(/^\d\. /gm)?.slice(-3)).toEqual(['1. ', '2. ', '3. ']);
    expect(examplesOf(page)).not.toEqual([]);
  });

  test('are all in the index', () => {
    const index = readFileSync(join(ROOT, 'docs/sources.md'), 'utf8');
    expect(pages.filter((page) => !index.includes(`(senders/${page})`))).toEqual([]);
  });
});

describe('printed bodies', () => {
  test.each(examples)('$page: is taken at $source, and read as printed', async (example) => {
    const { source, body, alert } = example;
    expect((await post(source, body)).status).toBe('queued');
    const payload = JSON.parse(body) as unknown;
    const { alerts } = await api.ask(REQUESTS.tryPayload, { source_name: source, payload });
    expect(alerts[0]?.reading).toMatchObject({ outcome: 'readable', ...(alert as object) });
  });

  test('the template for Datadog has the keys of the body that it makes', () => {
    const [template, sent] = blocksOf('datadog.md').filter(({ info }) => info.startsWith('json'));
    const keysOf = ({ text }: Block) => Object.keys(JSON.parse(text) as object);
    expect(keysOf(sent!)).toEqual(keysOf(template!));
  });

  test('the template for Kibana makes an envelope of two alerts', async () => {
    const template = blocksOf('elastic.md').find(({ info }) => info === '')!.text;
    const alerts = ['one', 'two'].map((name) =>
      JSON.stringify({
        '@timestamp': '2025-01-15T10:28:00Z',
        'kibana.alert.rule.name': `say "${name}"`,
      }),
    );
    const payload = JSON.parse(template.replace('{{{context.alerts}}}', alerts.join())) as unknown;
    const read = await api.ask(REQUESTS.tryPayload, { source_name: 'elastic', payload });
    expect(read.alerts.map(({ reading }) => reading.title)).toEqual(['say "one"', 'say "two"']);
  });
});

describe('printed commands', () => {
  const environment = () => ({ ...process.env, CALSETA: api.url, API_KEY: ADMIN_KEY });

  test('curl sends an alert', async () => {
    const command = blocksOf('generic.md').find(({ info }) => info === 'sh run')!.text;
    const { stdout } = await run('sh', ['-ec', command], { env: environment() });
    const { alert_uuid: id } = (JSON.parse(stdout) as { data: Answer }).data;
    const alert = await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });
    expect(alert).toMatchObject({
      title: 'Backup deleted on fs-1',
      severity: 'High',
      hosts: ['fs-1'],
    });
  });

  test('what PowerShell sends is read', async () => {
    const script = blocksOf('generic.md').find(({ info }) => info === 'powershell')!.text;
    const body = /@'\n(?<body>.*?)\n'@/s.exec(script)!.groups!['body']!;
    const { alert_uuid: id, status } = await post('generic', body);
    expect(status).toBe('queued');
    const alert = await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });
    expect(alert).toMatchObject({ title: 'Backup deleted on fs-1', nativeAlertId: 'backup-4712' });
  });

  test('the script for Wazuh sends the file of an alert, and says when it was not taken', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wazuh-'));
    try {
      const file = join(directory, 'alert.json');
      await writeFile(
        file,
        JSON.stringify({ id: 'w-1', rule: { id: '1', level: 12, description: 'By the script' } }),
      );
      const url = `${api.url}/v1/ingest/wazuh`;
      await run(WAZUH_SCRIPT, [file, ADMIN_KEY, url]);
      const alert = await api.database.prisma.alert.findFirstOrThrow({
        where: { nativeAlertId: 'w-1' },
      });
      expect(alert).toMatchObject({
        title: 'By the script',
        severity: 'High',
        sourceName: 'wazuh',
      });
      await expect(run(WAZUH_SCRIPT, [file, 'cai_wrong', url])).rejects.toMatchObject({
        stderr: expect.stringContaining('401'),
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

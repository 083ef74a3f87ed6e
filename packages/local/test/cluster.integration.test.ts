import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '../src/index.js';
import { readClusterConfig, SERVICES } from '../src/cluster-config.js';
import { startCluster } from '../src/start-cluster.js';

/** Answers with its name and with what it received. */
const SERVICE = `
  import { createServer } from 'node:http';
  const { HTTP_PORT, DATABASE_URL, AMQP_URL, CALSETA_EGRESS_ALLOW, CALSETA_ENCRYPTION_KEY, AMQP_PREFECH } = process.env;
  const name = import.meta.url.split('/').at(-3);
  console.log(name + ' runs as ' + process.pid);
  createServer((request, response) => {
    response.end(JSON.stringify({ name, DATABASE_URL, AMQP_URL, CALSETA_EGRESS_ALLOW, CALSETA_ENCRYPTION_KEY, AMQP_PREFECH }));
  }).listen(HTTP_PORT, '127.0.0.1');`;

let root: string;
let lines: string[];
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'calseta-local-'));
  lines = [];
  stops = [];
  await program('packages/database/dist/migrate-command.js', `console.log('migrated')`);
  for (const name of SERVICES) await program(`services/${name}/dist/main.js`, SERVICE);
});
afterEach(async () => {
  await stopAll();
  await rm(root, { recursive: true, force: true });
});

async function program(path: string, text: string) {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
}

async function stopAll() {
  for (let next = stops.pop(); next; next = stops.pop()) await next();
}

const start = (env: NodeJS.ProcessEnv = {}) =>
  startCluster({
    root,
    config: readClusterConfig({
      HTTP_PORT: '0',
      CALSETA_DATA_DIR: join(root, 'data'),
      DATABASE_URL: 'postgresql://given',
      AMQP_URL: 'amqp://given',
      ...env,
    }),
    say: (line) => lines.push(line),
    print: (line) => lines.push(line),
    onStop: (stop) => stops.push(stop),
  });

const pidsOf = (name: string) =>
  lines.flatMap((line) => {
    const found = new RegExp(`^${name}\\S* \\| .* runs as (\\d+)$`).exec(line);
    return found ? [Number(found[1])] : [];
  });

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';

describe('startCluster', () => {
  test('runs the five services behind one port, each with what it needs', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const key = (await readFile(join(root, 'data', 'encryption-key'), 'utf8')).trim();
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(await (await fetch(`${url}/v1/ingest/generic`)).json()).toEqual({
      name: 'ingest-api',
      DATABASE_URL: 'postgresql://given',
      AMQP_URL: 'amqp://given',
      CALSETA_EGRESS_ALLOW: '127.0.0.0/8,::1/128',
      CALSETA_ENCRYPTION_KEY: key,
    });
    expect(await (await fetch(`${url}/v1/alerts`)).json()).toMatchObject({ name: 'alerts-api' });
  });

  test('gives an empty CALSETA_EGRESS_ALLOW on, which closes loopback', async () => {
    const { url } = await start({ CALSETA_EGRESS_ALLOW: '' });
    expect(await (await fetch(`${url}/v1/alerts`)).json()).toMatchObject({
      CALSETA_EGRESS_ALLOW: '',
    });
  });

  test('names a misspelt variable once, and not its value', async () => {
    process.env['AMQP_PREFECH'] = 'hunter2';
    try {
      const { url } = await start({ AMQP_PREFECH: 'hunter2' });
      expect(lines).toContain('Nobody reads AMQP_PREFECH; did you mean AMQP_PREFETCH?');
      expect(lines.join('\n')).not.toContain('hunter2');
      expect(await (await fetch(`${url}/v1/alerts`)).json()).not.toHaveProperty('AMQP_PREFECH');
    } finally {
      delete process.env['AMQP_PREFECH'];
    }
  });

  test('takes an empty encryption key for none', async () => {
    const { url } = await start({ CALSETA_ENCRYPTION_KEY: '' });
    const key = (await readFile(join(root, 'data', 'encryption-key'), 'utf8')).trim();
    expect(await (await fetch(`${url}/v1/alerts`)).json()).toMatchObject({
      CALSETA_ENCRYPTION_KEY: key,
    });
  });

  test('keeps the encryption key to its owner, and over a restart', async () => {
    const file = join(root, 'data', 'encryption-key');
    await start();
    const key = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o077).toBe(0);
    await stopAll();
    await start();
    expect(await readFile(file, 'utf8')).toBe(key);
  });

  test('runs as many of each as asked', async () => {
    await start({ CALSETA_REPLICAS: 'extractor=2,enricher=3' });
    expect(SERVICES.map((name) => new Set(pidsOf(name)).size)).toEqual([1, 2, 3, 1, 1]);
  });

  test('starts a service that died again, and says so', async () => {
    const { url } = await start();
    const [first = 0] = pidsOf('enricher');
    process.kill(first, 'SIGKILL');
    const isBack = async () =>
      pidsOf('enricher').length === 2 && (await fetch(`${url}/readyz`)).status === 200;
    expect(await waitUntil(isBack, { timeoutMs: 20_000, intervalMs: 50 })).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/^enricher has ended \(SIGKILL\)/));
  });

  test('stops all that it started', async () => {
    const { url } = await start();
    const pids = SERVICES.flatMap(pidsOf);
    await stopAll();
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test('starts no service when the migration fails', async () => {
    await program('packages/database/dist/migrate-command.js', `throw new Error('no server')`);
    await expect(start()).rejects.toThrow(/The migration failed:[^]*no server/);
    expect(SERVICES.flatMap(pidsOf)).toEqual([]);
  });

  test('limits the heap of each service as the image does', async () => {
    await program('services/enricher/dist/main.js', `console.log(...process.execArgv); ${SERVICE}`);
    await start();
    expect(lines).toContainEqual(
      expect.stringMatching(/^enricher \| .*--max-old-space-size=384 --max-semi-space-size=32$/),
    );
  });

  test('gives up on a service that never gets ready', async () => {
    await program(
      'services/dispatcher/dist/main.js',
      `console.error('wrong key'); process.exit(1)`,
    );
    await expect(start()).rejects.toThrow('dispatcher ended 5 times before it was ready');
    expect(lines).toContain('dispatcher | wrong key');
  });
});

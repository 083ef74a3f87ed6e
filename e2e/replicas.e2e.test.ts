import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { findFreePort, type ServiceProcess, startServiceProcess } from '@calseta/local';
import { Resources } from '@calseta/platform';
import { aStoredAlert, testDatabase, testRabbitmq } from '@calseta/testing';
import { type Database, openDatabase } from '@calseta/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, type Api, createApi } from './support/call-api.js';

const ENTRY = fileURLToPath(new URL('../services/alerts-api/dist/main.js', import.meta.url));
const REPLICAS = 2;

const resources = new Resources();
let database: Database;
let replicas: Api[];

beforeAll(async () => {
  const { url: databaseUrl } = resources.use(await testDatabase());
  const { url: amqpUrl } = resources.use(await testRabbitmq());
  database = resources.use(
    await openDatabase({
      url: databaseUrl,
      applicationName: 'replicas-test',
      poolSize: 2,
      statementTimeoutMs: 10_000,
    }),
  );
  const env = {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '5',
    AMQP_URL: amqpUrl,
    CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY,
    CALSETA_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
    HTTP_HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
    SHUTDOWN_UNREADY_MS: '0',
  };
  const processes = await Promise.all(
    Array.from({ length: REPLICAS }, async () => resources.use(await startOne(env))),
  );
  replicas = processes.map(({ url }) => createApi(url));
}, 300_000);
afterAll(async () => await resources[Symbol.asyncDispose](), 300_000);

const startOne = async (env: NodeJS.ProcessEnv): Promise<ServiceProcess> =>
  await startServiceProcess({ name: 'alerts-api', entry: ENTRY, port: await findFreePort(), env });

/** The same request `count` times at once, in turns at each replica. */
const atOnce = async (
  count: number,
  method: string,
  path: string,
  bodyOf: (at: number) => object,
) =>
  await Promise.all(
    Array.from(
      { length: count },
      async (_, at) => await replicas[at % REPLICAS]!.call(method, path, { body: bodyOf(at) }),
    ),
  );

const statusesOf = (answers: readonly { status: number }[]) =>
  answers.map(({ status }) => status).sort();

describe('two processes of alerts-api', () => {
  test('keep 100 findings that are posted on one alert at once', async () => {
    const path = `/v1/alerts/${await aStoredAlert(database)}/findings`;
    const answers = await atOnce(100, 'POST', path, (at) => ({ summary: `Finding ${at}` }));
    expect(new Set(statusesOf(answers))).toEqual(new Set([201]));
    for (const api of replicas) {
      const kept = await api.ask<{ summary: string }[]>('GET', `${path}?page_size=200`);
      expect(kept.map(({ summary }) => summary).sort()).toEqual(
        Array.from({ length: 100 }, (_, at) => `Finding ${at}`).sort(),
      );
    }
  });

  test('refuse illegal moves with the legal ones, whatever the others do meanwhile', async () => {
    const path = `/v1/alerts/${await aStoredAlert(database)}`;
    const early = await atOnce(4, 'PATCH', path, () => ({ status: 'Closed' }));
    for (const { status, body } of early)
      expect([status, body['code'], body['detail']]).toEqual([
        409,
        'alert.transition_invalid',
        'An alert cannot move from Open to Closed; legal moves: Triaging, Escalated.',
      ]);
    const [first] = await atOnce(1, 'PATCH', path, () => ({ status: 'Triaging' }));
    expect(first!.status).toBe(200);

    const mixed = await atOnce(20, 'PATCH', path, (at) => ({
      status: at % 4 < 2 ? 'Closed' : 'Escalated',
    }));
    for (const { status, body } of mixed)
      if (status !== 200)
        expect([status, body['detail']]).toEqual([
          409,
          'An alert cannot move from Closed to Escalated; Closed is final.',
        ]);
    const closed = mixed.filter((_, at) => at % 4 < 2);
    expect(new Set(statusesOf(closed))).toEqual(new Set([200]));
    const late = await atOnce(4, 'PATCH', path, () => ({ status: 'Open' }));
    expect(new Set(statusesOf(late))).toEqual(new Set([409]));
    const moves = await replicas[0]!.ask<{ kind: string; detail: { status?: object } }[]>(
      'GET',
      `${path}/activity?page_size=100`,
    );
    const last = moves.flatMap(({ detail }) => detail.status ?? []).at(-1);
    expect(last).toMatchObject({ to: 'Closed' });
  });
});

type Kind = { path: string; create?: object; item?: string; change: (at: number) => object };

const KINDS: Record<string, Kind> = {
  agents: {
    path: '/v1/agents',
    create: { name: 'Written by two' },
    change: (at) => ({ documentation: `${at}` }),
  },
  sources: { path: '/v1/sources', item: 'wazuh', change: (at) => ({ dedup_window_seconds: at }) },
  documents: {
    path: '/v1/context-documents',
    create: { title: 'T', doc_type: 'sop', content: 'C', is_global: true },
    change: (at) => ({ content: `${at}` }),
  },
  rules: {
    path: '/v1/detection-rules',
    create: { name: 'R' },
    change: (at) => ({ documentation: `${at}` }),
  },
  workflows: {
    path: '/v1/workflows',
    create: { name: 'W' },
    change: (at) => ({ documentation: `${at}` }),
  },
};
const ROUNDS = 5;

describe('of two writers with the same ETag, each at another process, one is refused', () => {
  test.each(Object.entries(KINDS))('%s', async (_, { path, create, item, change }) => {
    const made = create && (await replicas[0]!.ask<{ uuid: string }>('POST', path, create));
    const own = `${path}/${item ?? made?.uuid ?? ''}`;
    for (let round = 0; round < ROUNDS; round += 1) {
      const at = (writer: number) => 100 + round * REPLICAS + writer;
      const seen = await replicas[round % REPLICAS]!.call('GET', own);
      const headers = { 'if-match': seen.headers.get('etag') ?? '' };
      expect(headers['if-match']).not.toBe('');
      const answers = await Promise.all(
        replicas.map(
          async (api, writer) =>
            await api.call('PATCH', own, { headers, body: change(at(writer)) }),
        ),
      );
      expect(statusesOf(answers)).toEqual([200, 412]);
      const lost = answers.find(({ status }) => status === 412)!;
      expect(lost.body['code']).toBe('resource.precondition_failed');
      const winner = answers.findIndex(({ status }) => status === 200);
      const now = await replicas[0]!.ask<object>('GET', own);
      expect(now).toMatchObject(change(at(winner)));
    }
  });
});

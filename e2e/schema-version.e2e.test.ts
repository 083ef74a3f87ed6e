import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { VERSION } from '@calseta/common';
import { migrate, openDatabase } from '@calseta/database';
import {
  findFreePort,
  type PostgresServer,
  type ServiceProcess,
  startServiceProcess,
} from '@calseta/local';
import { eventually, startPrivatePostgres, startPrivateRabbitmq } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSeries } from './support/metric-series.js';
import { SERVICE_NAMES, type ServiceName } from './support/start-service.js';

type Line = { event: string } & Record<string, unknown>;
type Readiness = {
  status: string;
  checks: Record<string, string>;
  schema?: { needed: string; found: string | null; missing: string[] };
};

const root = fileURLToPath(new URL('..', import.meta.url));
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

let postgres: PostgresServer;
let rabbitmq: Awaited<ReturnType<typeof startPrivateRabbitmq>>;
beforeAll(async () => {
  postgres = await startPrivatePostgres();
  rabbitmq = await startPrivateRabbitmq();
}, 300_000);
afterAll(async () => {
  await postgres.stop();
  await rabbitmq.stop();
}, 300_000);

/** A service that is on its way; `ready` resolves when it is ready, and is to be awaited or stopped. */
async function begin(name: ServiceName, databaseUrl: string) {
  const port = await findFreePort();
  const lines: Line[] = [];
  const ready = startServiceProcess({
    name,
    entry: `${root}services/${name}/dist/main.js`,
    port,
    env: {
      DATABASE_URL: databaseUrl,
      AMQP_URL: rabbitmq.url,
      CALSETA_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      HTTP_HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
    },
    onLine: (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
    },
  });
  // Its reader may come later.
  ready.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  const readiness = async () => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: (await response.json()) as Readiness };
  };
  return { url, lines, ready, readiness };
}

const eventsOf = (lines: Line[], pattern: RegExp) =>
  lines.filter(({ event }) => pattern.test(event));

async function query(sql: string): Promise<Record<string, unknown>[]> {
  await using database = await openDatabase({
    url: postgres.url,
    poolSize: 1,
    applicationName: 'test',
    statementTimeoutMs: 10_000,
  });
  return (await database.query(sql)).rows;
}

describe('a service on a database without the newest migration', () => {
  test.each(SERVICE_NAMES)(
    '%s is alive and unready, names it, and becomes ready by itself',
    async (name) => {
      const [journal] = await query(
        'SELECT * FROM _prisma_migrations ORDER BY migration_name DESC LIMIT 1',
      );
      const newest = journal!['migration_name'] as string;
      await query(`UPDATE _prisma_migrations SET finished_at = NULL
                    WHERE migration_name = '${newest}'`);
      const service = await begin(name, postgres.url);
      let process: ServiceProcess | undefined;
      try {
        await eventually(async () => {
          const { status, body } = await service.readiness();
          expect(status).toBe(503);
          expect(body).toMatchObject({
            status: 'failed',
            version: VERSION,
            checks: { schema: 'failed' },
            schema: { needed: newest, missing: [newest] },
          });
        }, PATIENCE);
        expect((await fetch(`${service.url}/livez`)).status).toBe(200);
        const refused = await fetch(`${service.url}/v1/alerts`);
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);

        await query(`UPDATE _prisma_migrations SET finished_at = now()
                      WHERE migration_name = '${newest}'`);
        process = await service.ready;
        await eventually(async () => {
          expect(await service.readiness()).toMatchObject({
            status: 200,
            body: { schema: { needed: newest, found: newest, missing: [] } },
          });
        }, PATIENCE);
        expect(eventsOf(service.lines, /^schema\./).map(({ event }) => event)).toEqual([
          'schema.outdated',
          'schema.current',
        ]);
        expect(eventsOf(service.lines, /^schema\.outdated$/)[0]).toMatchObject({
          needed: newest,
          first_missing: newest,
          missing: 1,
        });
        await eventually(() => {
          expect(eventsOf(service.lines, /^service\.started$/)).toEqual([
            expect.objectContaining({ version: VERSION, schema: newest }),
          ]);
        }, PATIENCE);
        const metrics = readSeries(await (await fetch(`${service.url}/metrics`)).text());
        expect(metrics.find((one) => one.name === 'calseta_build_info')?.labels).toMatchObject({
          version: VERSION,
          service: name,
          schema: newest,
        });
      } finally {
        await query('UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL');
        await (process ?? (await service.ready)).stop();
      }
    },
    120_000,
  );
});

test('a service that is started before Postgres waits for it and for the migration', async () => {
  await query('CREATE DATABASE later');
  const url = Object.assign(new URL(postgres.url), { pathname: '/later' }).href;
  await postgres.kill();
  const service = await begin('extractor', url);
  await eventually(async () => {
    const { status, body } = await service.readiness();
    expect([status, body.checks['schema']]).toEqual([503, 'failed']);
    expect(eventsOf(service.lines, /^database\.lost$/)).toHaveLength(1);
  }, PATIENCE);
  await postgres.restart();
  await eventually(async () => {
    const { body } = await service.readiness();
    expect(body.schema).toMatchObject({ found: null });
  }, PATIENCE);
  await migrate({ url });
  const process = await service.ready;
  try {
    await eventually(() => {
      const said = eventsOf(service.lines, /^database\.(lost|back)$/).map(({ event }) => event);
      expect(said).toEqual(['database.lost', 'database.back']);
    }, PATIENCE);
  } finally {
    await process.stop();
  }
  expect(await process.exited).toBe('code 0');
}, 180_000);

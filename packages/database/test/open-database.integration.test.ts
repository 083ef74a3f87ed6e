import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  eventually,
  startPrivatePostgres,
  type TestDatabase,
  testDatabase,
} from '@calseta/testing';
import { isStatementTimeout, isUniqueViolation } from '../src/core/errors.js';
import { type Database } from '../src/core/database.js';
import { createIdempotencyStore } from '../src/access/idempotency-store.js';
import { createStageStore } from '../src/pipeline/stage/stage-store.js';
import { openTestDatabase } from './with-database.js';

const TERMINATE_OTHERS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = $1 AND pid <> pg_backend_pid()`;

const COUNT_CONNECTIONS =
  'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1';

const toLiteral = (value: unknown): string =>
  Array.isArray(value) ? `'{${value.join()}}'` : `'${String(value)}'`;
const RENAME = "UPDATE sources SET plugin = plugin WHERE name = 'generic'";

describe('openDatabase', () => {
  let home: TestDatabase;

  beforeAll(async () => {
    home = await testDatabase();
  });
  afterAll(async () => {
    await home.drop();
  });

  test('shares one pool between Prisma and plain queries', async () => {
    await using database = await openTestDatabase(home.url, { poolSize: 1 });
    const names = await database.query<{ name: string }>('SELECT name FROM sources ORDER BY name');
    const sources = await database.prisma.source.findMany({ orderBy: { name: 'asc' } });
    expect(sources.map(({ name }) => name)).toEqual(names.rows.map(({ name }) => name));
    expect(database.pool.totalCount).toBe(1);
  });

  test('keeps the moment and the bytes of what it stores', async () => {
    await using database = await openTestDatabase(home.url);
    const at = new Date('2025-01-15T10:28:00.123Z');
    const secretHash = new Uint8Array(32).fill(0xfe);
    await database.prisma.apiKey.create({
      data: { id: 'round-trip-key-1', name: 'x', keyType: 'human', secretHash, expiresAt: at },
    });
    const { rows } = await database.query<{ expires_at: Date; secret_hash: Buffer }>(
      `SELECT expires_at, secret_hash FROM api_keys WHERE id = 'round-trip-key-1'`,
    );
    expect(rows[0]?.expires_at).toEqual(at);
    expect(new Uint8Array(rows[0]?.secret_hash ?? [])).toEqual(secretHash);
  });

  test('plans look-ups by key, and keeps what the URL itself asks for', async () => {
    const url = new URL(home.url);
    url.searchParams.set('options', '-c work_mem=5MB');
    await using database = await openTestDatabase(url.href);
    const valueOf = async (setting: string) =>
      (await database.query<{ value: string }>('SELECT current_setting($1) AS value', [setting]))
        .rows[0]?.value;
    for (const setting of ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']) {
      expect(await valueOf(setting)).toBe('off');
    }
    expect(await valueOf('work_mem')).toBe('5MB');
  });

  test('finds stalled alerts by their index, with a plan made once for all', async () => {
    await using database = await openTestDatabase(home.url);
    const plan = await database.transaction(async (client) => {
      await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
      const statements: string[] = [];
      const recorder = {
        query: async (text: string, values: unknown[] = []) => {
          await client.query(`PREPARE swept AS ${text}`);
          const { rows } = await client.query<Record<string, string>>(
            `EXPLAIN EXECUTE swept (${values.map(toLiteral).join(', ')})`,
          );
          await client.query('DEALLOCATE swept');
          statements.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
          return { rows: [] };
        },
      };
      await createStageStore(recorder as unknown as Database).claimStalled(
        'ingested',
        'normal',
        10,
      );
      return statements.join('\n');
    });
    expect(plan).toMatch(/using alerts_sweep_idx.*\n.*Index Cond:.*severity/);
    expect(plan).not.toContain('Seq Scan');
  });

  test('commits a transaction that ends and rolls back one that throws', async () => {
    await using database = await openTestDatabase(home.url);
    const insert = (name: string) =>
      `INSERT INTO sources (name, plugin) VALUES ('${name}', 'custom')`;
    const answer = await database.transaction(async (client) => {
      await client.query(insert('kept'));
      return 'done';
    });
    expect(answer).toBe('done');
    const failure = new Error('changed my mind');
    await expect(
      database.transaction(async (client) => {
        await client.query(insert('dropped'));
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(
      await database.prisma.source.findMany({
        where: { name: { in: ['kept', 'dropped'] } },
        select: { name: true },
      }),
    ).toEqual([{ name: 'kept' }]);
  });

  test('classifies what Prisma and pg throw', async () => {
    await using database = await openTestDatabase(home.url, { statementTimeoutMs: 200 });
    const duplicate = { data: { name: 'generic', plugin: 'generic' } };
    const viaPrisma = await database.prisma.source
      .create(duplicate)
      .catch((error: unknown) => error);
    expect(isUniqueViolation(viaPrisma)).toBe(true);
    const slow = await database.query('SELECT pg_sleep(5)').catch((error: unknown) => error);
    expect(isStatementTimeout(slow)).toBe(true);
    expect(slow).toMatchObject({ code: 'service.overloaded' });
    const slowViaPrisma = await database.prisma.$queryRaw`SELECT pg_sleep(5)`.catch(
      (error: unknown) => error,
    );
    expect(isStatementTimeout(slowViaPrisma)).toBe(true);
    expect(slowViaPrisma).toMatchObject({ code: 'service.overloaded' });
  });

  test.each<[string, (database: Database) => Promise<unknown>]>([
    ['a query', async ({ query }) => await query(RENAME)],
    ['a transaction', async (db) => await db.transaction(async ({ query }) => await query(RENAME))],
    [
      'a transaction of Prisma',
      async ({ prisma }) =>
        await prisma.$transaction(async (tx) => await tx.$executeRawUnsafe(RENAME)),
    ],
  ])('leaves a connection whose server takes no writes any more: %s', async (_, write) => {
    await using database = await openTestDatabase(home.url, { poolSize: 1 });
    await database.query('SET default_transaction_read_only = on');
    await expect(write(database)).rejects.toMatchObject({ code: 'service.unavailable' });
    await write(database);
  });

  test('keeps a connection whose statement took too long in a transaction', async () => {
    await using database = await openTestDatabase(home.url, {
      poolSize: 1,
      statementTimeoutMs: 100,
    });
    await database.query("SET application_name = 'kept'");
    const slow = database.transaction(async ({ query }) => await query('SELECT pg_sleep(5)'));
    await expect(slow).rejects.toMatchObject({ code: 'service.overloaded' });
    const { rows } = await database.query('SHOW application_name');
    expect(rows).toEqual([{ application_name: 'kept' }]);
  });

  test('survives the end of idle, busy and borrowed connections, and opens new ones', async () => {
    await using database = await openTestDatabase(home.url, {
      applicationName: 'to-be-terminated',
    });
    await using killer = await openTestDatabase(home.url, { applicationName: 'killer' });
    await Promise.all([database.ping(), database.ping(), database.prisma.source.count()]);

    const busy = database.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    const busyViaPrisma = database.prisma.$queryRaw`SELECT pg_sleep(30)`.catch(
      (error: unknown) => error,
    );
    const borrowed = database
      .transaction(async (client) => {
        await killer.query(TERMINATE_OTHERS, ['to-be-terminated']);
        await eventually(async () => {
          const { rows } = await killer.query(COUNT_CONNECTIONS, ['to-be-terminated']);
          expect(rows).toEqual([{ count: 0 }]);
        });
        await client.query('SELECT 1');
      })
      .catch((error: unknown) => error);

    for (const failure of await Promise.all([busy, busyViaPrisma, borrowed])) {
      expect(failure).toMatchObject({ code: 'service.unavailable', retryAfterSeconds: 2 });
    }
    expect(await database.ping()).toBe(true);
    expect(await database.prisma.source.count()).toBeGreaterThan(0);
  });

  test('logs the loss of the server once, and its return, however many statements fail', async () => {
    const said: [string, Record<string, unknown>][] = [];
    const log = {
      warn: (event: string, fields: Record<string, unknown>) => said.push([event, fields]),
    };
    await using server = await startPrivatePostgres();
    await using database = await openTestDatabase(server.url, { log });
    expect(await database.ping()).toBe(true);
    await server.kill();
    const failures = 20;
    for (let failed = 0; failed < failures; failed += 1) {
      await database.query('SELECT 1').catch(() => undefined);
      await database.prisma.source.count().catch(() => undefined);
    }
    const cause = expect.objectContaining({ code: 'service.unavailable' });
    expect(said).toEqual([['database.lost', { error: cause }]]);
    await server.restart();
    await eventually(() => expect(said).toHaveLength(2), { timeoutMs: 30_000 });
    expect(said[1]).toEqual([
      'database.back',
      { duration_ms: expect.any(Number), failures: 2 * failures },
    ]);
  });

  test('does not take a server that refuses writes for one that is back', async () => {
    const said: string[] = [];
    const log = { warn: (event: string) => said.push(event) };
    await using own = await testDatabase();
    await using owner = await openTestDatabase(own.url);
    await using database = await openTestDatabase(own.url, { log });
    const name = new URL(own.url).pathname.slice(1);
    await owner.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
    await expect(database.query(RENAME)).rejects.toMatchObject({ code: 'service.unavailable' });
    let probes = 0;
    database.pool.on('acquire', () => (probes += 1));
    await eventually(() => expect(probes).toBeGreaterThanOrEqual(4));
    expect(said).toEqual(['database.lost']);

    await owner.query(`ALTER DATABASE "${name}" RESET default_transaction_read_only`);
    await eventually(() => expect(said).toEqual(['database.lost', 'database.back']));
  });

  test('tells that the server is away, and works again by itself when it is back', async () => {
    await using server = await startPrivatePostgres();
    await using database = await openTestDatabase(server.url);
    expect(await database.ping()).toBe(true);
    await server.kill();
    expect(await database.ping()).toBe(false);
    const failure = await database.query('SELECT 1').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'service.unavailable' });
    const viaPrisma = await database.prisma.$queryRaw`SELECT 1`.catch((error: unknown) => error);
    expect(viaPrisma).toMatchObject({ code: 'service.unavailable' });
    const inTransaction = await database.prisma
      .$transaction(async (tx) => await tx.source.count())
      .catch((error: unknown) => error);
    expect(inTransaction).toMatchObject({ code: 'service.unavailable' });
    const claim = { keyId: 'key', key: 'k', requestHash: 'h' };
    const claimed = await createIdempotencyStore(database)
      .begin(claim)
      .catch((error: unknown) => error);
    expect(claimed).toMatchObject({ code: 'service.unavailable' });
    await server.restart();
    await eventually(async () => expect(await database.ping()).toBe(true));
    expect(await database.prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });

  test('gives up a server that has fallen silent, and its connections with it', async () => {
    await using wire = await startWire(home.url);
    await using database = await openTestDatabase(wire.url, { statementTimeoutMs: 100 });
    await Promise.all([database.ping(), database.prisma.source.count()]);
    wire.cut();
    const failures = await Promise.all(
      [
        database.query('SELECT 1'),
        database.transaction(async (client) => await client.query('SELECT 1')),
        database.prisma.source.count(),
      ].map(async (work) => await work.catch((error: unknown) => error)),
    );
    for (const failure of failures) expect(failure).toMatchObject({ code: 'service.unavailable' });
    wire.mend();
    await eventually(async () => expect(await database.prisma.source.count()).toBeGreaterThan(0));
  });

  test('calls a transaction that finds no free connection an outage', async () => {
    await using database = await openTestDatabase(home.url, { poolSize: 1 });
    const client = await database.pool.connect();
    const failure = await database.prisma
      .$transaction(async (tx) => await tx.source.count())
      .catch((error: unknown) => error);
    client.release();
    expect(failure).toMatchObject({ code: 'service.unavailable' });
  });
});

/** A proxy to Postgres that can go silent: connections stay open, but no data passes. */
async function startWire(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === near ? far : near).destroy();
      });
      socket.on('data', (chunk) => !isCut && (socket === near ? far : near).write(chunk));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    cut: () => (isCut = true),
    mend: () => (isCut = false),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

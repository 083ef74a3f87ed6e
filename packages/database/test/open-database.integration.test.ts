import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '@calseta/common';
import {
  eventually,
  startPrivatePostgres,
  type TestDatabase,
  testDatabase,
} from '@calseta/testing';
import { isStatementTimeout, isUniqueViolation } from '../src/errors.js';
import { openTestDatabase } from './with-database.js';

const TERMINATE_OTHERS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = $1 AND pid <> pg_backend_pid()`;

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
    expect(slow).not.toBeInstanceOf(AppError);
    const slowViaPrisma = await database.prisma.$queryRaw`SELECT pg_sleep(5)`.catch(
      (error: unknown) => error,
    );
    expect(isStatementTimeout(slowViaPrisma)).toBe(true);
  });

  test('survives the end of idle, busy and borrowed connections, and opens new ones', async () => {
    const lost: string[] = [];
    await using database = await openTestDatabase(home.url, {
      applicationName: 'to-be-terminated',
      onConnectionLost: ({ message }) => lost.push(message),
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
        await eventually(() => expect(lost.length).toBeGreaterThan(0));
        await client.query('SELECT 1');
      })
      .catch((error: unknown) => error);

    for (const failure of await Promise.all([busy, busyViaPrisma, borrowed])) {
      expect(failure).toMatchObject({ code: 'service.unavailable', retryAfterSeconds: 2 });
    }
    expect(await database.ping()).toBe(true);
    expect(await database.prisma.source.count()).toBeGreaterThan(0);
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
    await server.restart();
    await eventually(async () => expect(await database.ping()).toBe(true));
    expect(await database.prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });
});

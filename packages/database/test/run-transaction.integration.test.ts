import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, type TestDatabase, testDatabase } from '@calseta/testing';
import { type Database } from '../src/core/database.js';
import { isUniqueViolation } from '../src/core/errors.js';
import { openTestDatabase } from './with-database.js';

const INSERT = `INSERT INTO sources (name, plugin) VALUES ($1, 'custom')`;
const PID = 'SELECT pg_backend_pid() AS pid';

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
  home = await testDatabase();
  database = await openTestDatabase(home.url, { poolSize: 1 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await home.drop();
});

const isKept = async (name: string): Promise<boolean> =>
  (await database.prisma.source.count({ where: { name } })) === 1;

const pid = async (): Promise<unknown> => (await database.query(PID)).rows[0];

describe('a transaction', () => {
  test('commits what was sent, in order, without an answer being waited for', async () => {
    const seen = await database.transaction(async (client) => {
      client.send(INSERT, ['sent-first']);
      client.send(`UPDATE sources SET name = 'renamed' WHERE name = $1`, ['sent-first']);
      const { rows } = await client.query(`SELECT name FROM sources WHERE name = 'renamed'`);
      client.send(INSERT, ['sent-last']);
      return rows;
    });
    expect(seen).toEqual([{ name: 'renamed' }]);
    expect([
      await isKept('sent-first'),
      await isKept('renamed'),
      await isKept('sent-last'),
    ]).toEqual([false, true, true]);
  });

  test('shows nothing to others before it ends', async () => {
    await using other = await openTestDatabase(home.url);
    await database.transaction(async (client) => {
      client.send(INSERT, ['unseen']);
      await client.query('SELECT 1');
      expect(await other.prisma.source.count({ where: { name: 'unseen' } })).toBe(0);
    });
    expect(await isKept('unseen')).toBe(true);
  });

  test('fails at its end when a statement did that was sent, and keeps its connection', async () => {
    const before = await pid();
    const failed = await database
      .transaction(async (client) => {
        client.send(INSERT, ['beside-a-failure']);
        client.send(INSERT, ['generic']);
        client.send(`UPDATE sources SET plugin = plugin WHERE name = $1`, ['generic']);
        return await Promise.resolve('done');
      })
      .catch((error: unknown) => error);
    expect(isUniqueViolation(failed)).toBe(true);
    expect(await isKept('beside-a-failure')).toBe(false);
    expect(await pid()).toEqual(before);
  });

  test('tells of the statement that failed, not of those refused after it', async () => {
    const refused = `SELECT name FROM sources WHERE name = $1 AND 'parsed' <> 'before'`;
    const failed = database.transaction(async (client) => {
      client.send(INSERT, ['generic']);
      await client.query(refused, ['generic']);
    });
    expect(isUniqueViolation(await failed.catch((error: unknown) => error))).toBe(true);
    // Postgres refused to parse it in a failed transaction; its name can be used again.
    expect((await database.query(refused, ['generic'])).rows).toEqual([{ name: 'generic' }]);
  });

  test('does not pass for committed when its work hides a failure', async () => {
    const failed = database.transaction(async (client) => {
      client.send(INSERT, ['beside-a-hidden-failure']);
      await client.query(INSERT, ['generic']).catch(() => undefined);
    });
    expect(isUniqueViolation(await failed.catch((error: unknown) => error))).toBe(true);
    expect(await isKept('beside-a-hidden-failure')).toBe(false);
  });

  test.each(['sent', 'hidden'])(
    'commits nothing beside a %s statement that pg cannot send',
    async (how) => {
      const unsendable = [
        {
          toPostgres: () => {
            throw new Error('no such value');
          },
        },
      ];
      const failed = database.transaction(async (client) => {
        client.send(INSERT, ['beside-an-unsendable']);
        if (how === 'sent') client.send(INSERT, unsendable);
        else await client.query(INSERT, unsendable).catch(() => undefined);
        client.send(INSERT, ['after-an-unsendable']);
      });
      await expect(failed).rejects.toThrow('no such value');
      expect(await isKept('beside-an-unsendable')).toBe(false);
      expect(await isKept('after-an-unsendable')).toBe(false);
      await database.transaction((client) => client.send(INSERT, [`works-again-${how}`]));
    },
  );

  test('takes no statement after its end', async () => {
    let straggler: Promise<unknown> = Promise.resolve();
    const failed = database.transaction(async (client) => {
      straggler = client
        .query('SELECT 1')
        .catch(() => undefined)
        .then(async () => await client.query(INSERT, ['straggler']));
      straggler.catch(() => undefined);
      await Promise.reject(new Error('gone ahead'));
    });
    await expect(failed).rejects.toThrow('gone ahead');
    await expect(straggler).rejects.toThrow('The connection has been given back.');
    expect(await isKept('straggler')).toBe(false);
  });

  test('rolls back what was sent when its work throws', async () => {
    const reason = new Error('changed my mind');
    const failed = database.transaction((client) => {
      client.send(INSERT, ['regretted']);
      return Promise.reject(reason);
    });
    await expect(failed).rejects.toBe(reason);
    expect(await isKept('regretted')).toBe(false);
  });

  test('fails as an outage when its connection ends with statements under way', async () => {
    await using killer = await openTestDatabase(home.url);
    const { pid: own } = (await database.query<{ pid: number }>(PID)).rows[0]!;
    const failed = database
      .transaction(async (client) => {
        client.send(INSERT, ['under-way']);
        client.send('SELECT pg_sleep(30)');
        client.send(INSERT, ['never-run']);
        await Promise.resolve();
      })
      .catch((error: unknown) => error);
    await eventually(async () => {
      const { rowCount } = await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE pid = $1 AND query LIKE '%pg_sleep%'`,
        [own],
      );
      expect(rowCount).toBe(1);
    });
    expect(await failed).toMatchObject({ code: 'service.unavailable' });
    expect([await isKept('under-way'), await isKept('never-run')]).toEqual([false, false]);
  });
});

describe('statements on one connection', () => {
  test('are answered each for itself, and are no transaction', async () => {
    const answers = await database.onConnection(
      async ({ query }) =>
        await Promise.allSettled([
          query(PID),
          query(INSERT, ['generic']),
          query(INSERT, ['by-itself']),
          query(PID),
        ]),
    );
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(answers[0]).toMatchObject({ value: { rows: [await pid()] } });
    expect(answers[3]).toMatchObject({ value: { rows: [await pid()] } });
    expect(await isKept('by-itself')).toBe(true);
  });

  test('are all over when one of them fails: the next user of the connection waits for none', async () => {
    let isOver = false;
    const failed = database.onConnection(
      async ({ query }) =>
        await Promise.all([
          query(INSERT, ['generic']),
          query('SELECT pg_sleep(0.3)').then(() => (isOver = true)),
        ]),
    );
    expect(isUniqueViolation(await failed.catch((error: unknown) => error))).toBe(true);
    expect(isOver).toBe(true);
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('may each take as long as one may', async () => {
    await using patient = await openTestDatabase(home.url, {
      poolSize: 1,
      statementTimeoutMs: 1_000,
    });
    const slow = 'SELECT pg_sleep(0.9)';
    const answers = await patient.onConnection(
      async ({ query }) => await Promise.all([1, 2, 3, 4].map(async () => await query(slow))),
    );
    expect(answers).toHaveLength(4);
  });
});

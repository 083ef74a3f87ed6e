import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@calseta/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../src/migrations/migrate.js';
import { withEmptyDatabases } from './with-database.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
});
afterEach(async () => await rm(directory, { recursive: true }));

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

/** Runs a test with a database of one table, and a session of somebody else. */
async function withTable(body: (url: string, other: pg.Client) => Promise<void>): Promise<void> {
  await withEmptyDatabases(1, async ([url = '']) => {
    await addMigration('1_table', 'CREATE TABLE things (id int);');
    await migrate({ url, directory });
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    try {
      await body(url, other);
    } finally {
      await other.end();
    }
  });
}

describe('a migration of a table that is in use', () => {
  test('gives way after a short wait, and is applied once the table is free', async () => {
    await withTable(async (url, other) => {
      await other.query('BEGIN; SELECT FROM things');
      await addMigration('2_column', 'ALTER TABLE things ADD COLUMN name text;');
      const waits: number[] = [];
      const migrating = migrate({
        url,
        directory,
        lockTimeoutMs: 50,
        onBusy: ({ tries }) => waits.push(tries),
      });
      await eventually(() => expect(waits.length).toBeGreaterThanOrEqual(2));
      await other.query('COMMIT');
      expect(await migrating).toEqual(['2_column']);
    });
  });

  test('fails in the end, and leaves nothing behind', async () => {
    await withTable(async (url, other) => {
      await other.query('BEGIN; SELECT FROM things');
      await addMigration('2_column', 'ALTER TABLE things ADD COLUMN name text;');
      await expect(
        migrate({ url, directory, lockTimeoutMs: 50, giveUpAfterMs: 100 }),
      ).rejects.toMatchObject({
        message: expect.stringMatching(/^Migration 2_column failed and was rolled back/),
        cause: { code: '55P03' },
      });
      await other.query('COMMIT');
      expect(await migrate({ url, directory })).toEqual(['2_column']);
    });
  });

  test('waits for another process that migrates, and gives up on one that never ends', async () => {
    await withTable(async (url, other) => {
      await other.query('SELECT pg_advisory_lock(72707369)');
      await expect(migrate({ url, directory, giveUpAfterMs: 100 })).rejects.toThrow(
        'Another process has been migrating this database for too long',
      );
    });
  });
});

describe('an index that is built concurrently', () => {
  const SQL = '-- Why.\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "things_id" ON "things" ("id");\n';
  const isValid = async (client: pg.Client) =>
    (
      await client.query<{ indisvalid: boolean }>(
        `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('things_id')`,
      )
    ).rows.map(({ indisvalid }) => indisvalid);

  test('waits for open transactions, without a word to writers, by one of several callers', async () => {
    await withTable(async (url, other) => {
      await other.query('BEGIN; INSERT INTO things VALUES (1)');
      await addMigration('2_index', SQL);
      const migrating = Promise.all([1, 2, 3].map(() => migrate({ url, directory })));
      const writer = new pg.Client({ connectionString: url });
      await writer.connect();
      try {
        await eventually(async () => expect(await isValid(writer)).toEqual([false]));
        await writer.query('INSERT INTO things VALUES (2)');
      } finally {
        await writer.end();
      }
      await other.query('COMMIT');
      expect((await migrating).flat()).toEqual(['2_index']);
      expect(await isValid(other)).toEqual([true]);
    });
  });

  test('is built again when an earlier build was cut off', async () => {
    await withTable(async (url, other) => {
      await other.query('INSERT INTO things VALUES (1), (1)');
      const unique = SQL.replace('CREATE INDEX', 'CREATE UNIQUE INDEX');
      await addMigration('2_index', unique);
      await expect(migrate({ url, directory })).rejects.toThrow(
        'Migration 2_index failed (tries: 1)',
      );
      expect(await isValid(other)).toEqual([false]);
      await other.query('DELETE FROM things');
      expect(await migrate({ url, directory })).toEqual(['2_index']);
      expect(await isValid(other)).toEqual([true]);
    });
  });

  test('is only recorded when it was built and the process ended before it could say so', async () => {
    await withTable(async (url, other) => {
      await other.query('CREATE INDEX things_id ON things (id)');
      await addMigration('2_index', SQL);
      expect(await migrate({ url, directory })).toEqual(['2_index']);
    });
  });
});

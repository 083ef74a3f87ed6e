import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../src/migrations/migrate.js';
import { MIGRATIONS_DIRECTORY, readMigrationNames } from '../src/core/migration-names.js';
import { openSchemaVersion, SCHEMA_RECHECK_MS } from '../src/core/connection/schema-version.js';
import { openTestDatabase, withEmptyDatabases } from './with-database.js';

const EXTRA = '29990101000000_extra';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
  await mkdir(join(directory, EXTRA));
  await writeFile(join(directory, EXTRA, 'migration.sql'), 'CREATE TABLE extra (id int);');
});
afterEach(async () => await rm(directory, { recursive: true }));

test('an empty database lacks every migration, one of before lacks the newest, until it is applied', async () => {
  const known = await readMigrationNames();
  await withEmptyDatabases(1, async ([url = '']) => {
    const logged: [string, Record<string, unknown>][] = [];
    const log = { warn: (event: string, fields: object) => logged.push([event, { ...fields }]) };
    await using database = await openTestDatabase(url, { migrations: directory, log });
    const { schema } = database;
    expect(schema.needed).toBe(EXTRA);
    expect(await schema.read()).toEqual({
      needed: EXTRA,
      found: null,
      missing: [...known, EXTRA],
    });
    await migrate({ url });
    const newest = known.at(-1)!;
    expect(await schema.read()).toEqual({ needed: EXTRA, found: newest, missing: [EXTRA] });
    await migrate({ url, directory });
    expect(await schema.read()).toEqual({ needed: EXTRA, found: EXTRA, missing: [] });
    // One line when it began, and one when it was over.
    expect(logged.map(([event]) => event)).toEqual(['schema.outdated', 'schema.current']);
    expect(logged[0]![1]).toMatchObject({ first_missing: known[0], missing: known.length + 1 });
  });
});

test('a schema that is newer than the build is fine', async () => {
  await withEmptyDatabases(1, async ([url = '']) => {
    await migrate({ url, directory });
    await using database = await openTestDatabase(url);
    expect(await database.schema.read()).toMatchObject({ found: EXTRA, missing: [] });
  });
});

test('a migration that was begun and not finished counts as missing', async () => {
  await withEmptyDatabases(1, async ([url = '']) => {
    await migrate({ url });
    const newest = (await readMigrationNames()).at(-1)!;
    await using database = await openTestDatabase(url);
    await database.query(
      'UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1',
      [newest],
    );
    expect((await database.schema.read()).missing).toEqual([newest]);
  });
});

test('a complete schema is asked for again after a while, since an older backup may be restored', async () => {
  await withEmptyDatabases(1, async ([url = '']) => {
    await migrate({ url, directory });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      let now = 0;
      const schema = await openSchemaVersion({
        query: async (text) => await client.query(text),
        directory,
        now: () => now,
      });
      expect((await schema.read()).missing).toEqual([]);
      await client.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [EXTRA]);
      now = SCHEMA_RECHECK_MS - 1;
      expect((await schema.read()).missing).toEqual([]);
      now = SCHEMA_RECHECK_MS;
      expect((await schema.read()).missing).toEqual([EXTRA]);
    } finally {
      await client.end();
    }
  });
});

test('no answer of the database is an error, not an old schema', async () => {
  await withEmptyDatabases(1, async ([url = '']) => {
    await migrate({ url });
    const database = await openTestDatabase(url);
    await database[Symbol.asyncDispose]();
    await expect(database.schema.read()).rejects.toMatchObject({ code: 'service.unavailable' });
  });
});

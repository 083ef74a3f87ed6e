import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createApiKeyStore } from '../src/access/api-key-store.js';
import { migrate } from '../src/migrations/migrate.js';
import { MIGRATIONS_DIRECTORY } from '../src/core/migration-names.js';
import { readMigrations } from '../src/migrations/read-migrations.js';
import { openTestDatabase, withEmptyDatabases } from './with-database.js';

const PRISMA_COMMAND = fileURLToPath(new URL('../../../scripts/generate.mjs', import.meta.url));

const prisma = async (args: string[], env: NodeJS.ProcessEnv = {}) =>
  await promisify(execFile)(process.execPath, [PRISMA_COMMAND, ...args], {
    env: { ...process.env, ...env },
  });

async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'migrations-'));
    await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function addMigration(name: string, sql: string): Promise<void> {
    await mkdir(join(directory, name), { recursive: true });
    await writeFile(join(directory, name, 'migration.sql'), sql);
  }

  test('applies each migration once when ten callers start together', async () => {
    const names = (await readMigrations()).map(({ name }) => name);
    await withEmptyDatabases(1, async ([url = '']) => {
      const logged: string[] = [];
      const applied = await Promise.all(
        Array.from({ length: 10 }, async () => {
          return await migrate({ url, log: ({ migration }) => logged.push(migration) });
        }),
      );
      expect(applied.filter((mine) => mine.length > 0)).toEqual([names]);
      expect(logged).toEqual(names);
      expect(
        await query(
          url,
          'SELECT migration_name, finished_at IS NOT NULL AS done FROM _prisma_migrations ORDER BY 1',
        ),
      ).toEqual(names.map((name) => ({ migration_name: name, done: true })));
      expect(await migrate({ url })).toEqual([]);
    });
  });

  test('leaves a journal that Prisma itself agrees with', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await migrate({ url });
      const { stdout } = await prisma(['migrate', 'status'], { DATABASE_URL: url });
      expect(stdout).toContain('Database schema is up to date');
    });
  });

  test('refuses to go on after an applied migration was changed', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (id int);');
      await migrate({ url, directory });
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (id bigint);');
      await expect(migrate({ url, directory })).rejects.toThrow(
        'Migration 29990101000000_extra was changed after it had been applied',
      );
    });
  });

  test('takes other line ends for the same migration', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (\n id int\n);\n');
      await migrate({ url, directory });
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (\r\n id int\r\n);\r\n');
      expect(await migrate({ url, directory })).toEqual([]);
    });
  });

  test('rolls a failing migration back whole, and applies it once it is mended', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (id int); SELECT 1/0;');
      const failure = migrate({ url, directory });
      await expect(failure).rejects.toThrow('Migration 29990101000000_extra failed');
      await expect(failure).rejects.toMatchObject({ cause: { code: '22012' } });
      expect(await query(url, `SELECT to_regclass('extra') AS name`)).toEqual([{ name: null }]);
      await addMigration('29990101000000_extra', 'CREATE TABLE extra (id int);');
      expect(await migrate({ url, directory })).toEqual(['29990101000000_extra']);
    });
  });
});

describe('the migrations', () => {
  // Prisma cannot express that a list is not null, or NULLS NOT DISTINCT.
  const COLUMNS = `
    SELECT table_name, column_name, udt_name, datetime_precision, column_default,
           is_nullable = 'YES' AND data_type <> 'ARRAY' AS is_nullable
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
    ORDER BY table_name, column_name`;
  const INDEXES = `
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
    ORDER BY tablename, indexname`;
  const FOREIGN_KEYS = `
    SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE contype = 'f' ORDER BY conname`;
  const ENUMS = `
    SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname ORDER BY typname`;
  const ONLY_IN_SQL = [
    'activity_position_idx',
    'workflow_runs_steps_kept_idx',
    'alerts_occurred_idx',
    'approval_notices_due_idx',
    'agents_expiry_idx',
    'alert_updates_pending_idx',
    'alerts_aside_idx',
    'alerts_category_idx',
    'alerts_muted_listed_idx',
    'alerts_subject_keys_idx',
    'alerts_unanswered_listed_idx',
    'alerts_unread_texts_idx',
    'alerts_closed_by_idx',
    'alert_texts_words_by_day_idx',
    'alerts_received_idx',
    'alerts_rule_received_idx',
    'alerts_sweep_idx',
    'api_keys_agent_idx',
    'audit_entries_pending_idx',
    'audit_entries_texts_idx',
    'deliveries_agent_urgency_idx',
    'detection_rules_lower_name_idx',
    'findings_agent_idx',
    'indicator_mappings_key',
    'indicators_of_no_alert_idx',
    'provider_lookups_leased',
    'provider_lookups_waiting',
  ];

  test('make what the Prisma schema describes', async () => {
    const { stdout: script } = await prisma([
      'migrate',
      'diff',
      '--from-empty',
      '--to-schema',
      'prisma/schema.prisma',
      '--script',
    ]);
    await withEmptyDatabases(2, async ([described = '', migrated = '']) => {
      await query(described, script);
      await migrate({ url: migrated });
      for (const facts of [COLUMNS, FOREIGN_KEYS, ENUMS]) {
        expect(await query(migrated, facts)).toEqual(await query(described, facts));
      }
      const indexes = await query<{ indexname: string }>(migrated, INDEXES);
      const known = indexes.filter(({ indexname }) => !ONLY_IN_SQL.includes(indexname));
      expect(known).toEqual(await query(described, INDEXES));
      expect(indexes.length - known.length).toBe(ONLY_IN_SQL.length);
    });
  });

  test('seed what every installation starts with', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await migrate({ url });
      expect(
        await query(
          url,
          `SELECT path, indicator_type::text, role FROM indicator_mappings ORDER BY id`,
        ),
      ).toHaveLength(14);
      expect(await query(url, 'SELECT name FROM enrichment_providers ORDER BY name')).toEqual([
        { name: 'ip_intel' },
        { name: 'sightings' },
        { name: 'threat_lists' },
      ]);
      expect(await query(url, 'SELECT name FROM sources WHERE plugin = name')).toHaveLength(12);
    });
  });

  test('let keys of before the scopes were split do what they could', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
    try {
      for (const { name } of await readMigrations()) {
        if (name >= '20260101000710') continue;
        await cp(join(MIGRATIONS_DIRECTORY, name), join(directory, name), { recursive: true });
      }
      await withEmptyDatabases(1, async ([url = '']) => {
        await migrate({ url, directory });
        await query(
          url,
          `INSERT INTO api_keys (id, name, key_type, scopes, secret_hash)
           SELECT lpad(name, 16, '-'), name, 'agent', scopes, decode(repeat('00', 32), 'hex')
           FROM (VALUES ('writer', '{alerts:read,alerts:write}'::text[]),
                        ('reader', '{alerts:read}'), ('admin', '{admin}')) AS old(name, scopes)`,
        );
        const version = 'SELECT version FROM config_version';
        const before = await query(url, version);
        expect(await migrate({ url })).toContain('20260101000710_split_scopes');
        const stored = 'SELECT name, scopes, added_scopes FROM api_keys ORDER BY name';
        // The previous version still reads `scopes`, and fails on unknown words.
        expect(await query(url, stored)).toEqual([
          { name: 'admin', scopes: ['admin'], added_scopes: [] },
          { name: 'reader', scopes: ['alerts:read'], added_scopes: [] },
          {
            name: 'writer',
            scopes: ['alerts:read', 'alerts:write'],
            added_scopes: ['config:write'],
          },
        ]);
        await using database = await openTestDatabase(url);
        const apiKeys = createApiKeyStore(database);
        const scopesOf = async (id: string) =>
          (await apiKeys.readLive(undefined))?.keys.find((key) => key.id === id)?.scopes;
        const all = ['alerts:read', 'alerts:write', 'config:write'];
        expect(await scopesOf('----------writer')).toEqual(all);
        expect(await scopesOf('----------reader')).toEqual(['alerts:read']);
        expect((await apiKeys.get('----------writer'))?.scopes).toEqual(all);
        const rotation = { overlapSeconds: 0, createdBy: 'Ada' };
        const rotated = await apiKeys.rotate('----------writer', rotation);
        expect(rotated?.scopes).toEqual(all);
        // Running processes see the change.
        expect(await query(url, version)).not.toEqual(before);
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('refuse rows that make no sense', async () => {
    await withEmptyDatabases(1, async ([url = '']) => {
      await migrate({ url });
      const violation = expect.objectContaining({ code: '23514' });
      for (const sql of [
        `UPDATE enrichment_providers SET reliability = 1.01`,
        `UPDATE sources SET dedup_window_seconds = -1`,
        `UPDATE indicator_mappings SET pass = 'text'`,
        `INSERT INTO config_version (id) VALUES (2)`,
        `INSERT INTO api_keys (id, name, key_type, secret_hash) VALUES ('short', 'x', 'human', '\\x00')`,
      ]) {
        await expect(query(url, sql)).rejects.toEqual(violation);
      }
      await expect(
        query(
          url,
          `INSERT INTO indicator_mappings (id, pass, path, indicator_type)
           VALUES (gen_random_uuid(), 'system', 'src_ip', 'ip')`,
        ),
      ).rejects.toEqual(expect.objectContaining({ code: '23505' }));
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  eventually,
  startPrivatePostgres,
  type TestDatabase,
  testDatabase,
} from '@calseta/testing';
import { watchConfig } from '../src/configuration/config-watcher.js';
import { type Database } from '../src/core/database.js';
import { migrate } from '../src/migrations/migrate.js';
import { openTestDatabase } from './with-database.js';

const versionOf = async (database: Database): Promise<bigint> =>
  (await database.prisma.configVersion.findUniqueOrThrow({ where: { id: 1 } })).version;

describe('config_version', () => {
  let home: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    home = await testDatabase();
    database = await openTestDatabase(home.url);
    await database.query(
      `INSERT INTO api_keys (id, name, key_type, secret_hash)
       VALUES ('sixteen-letters1', 'key', 'human', decode(repeat('00', 32), 'hex'))`,
    );
    await database.query(
      `INSERT INTO agents (id, name, webhook_url, signing_secret_encrypted)
       VALUES (gen_random_uuid(), 'agent', 'https://agent.example/', 'v1')`,
    );
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await home.drop();
  });

  test.each([
    `UPDATE api_keys SET revoked_at = now()`,
    `UPDATE agents SET is_active = false`,
    `UPDATE sources SET hmac_secrets = '["v1"]' WHERE name = 'generic'`,
    `UPDATE indicator_mappings SET is_active = false WHERE path = 'src_ip'`,
    `UPDATE enrichment_providers SET is_enabled = false WHERE name = 'ip_intel'`,
    `INSERT INTO context_documents (id, title, doc_type, content) VALUES (gen_random_uuid(), 't', 'sop', '')`,
    `UPDATE context_documents SET version = version + 1`,
    `INSERT INTO workflows (id, name) VALUES (gen_random_uuid(), 'w')`,
    `DELETE FROM workflows`,
  ])('grows with %s', async (sql) => {
    const before = await versionOf(database);
    await database.query(sql);
    expect(await versionOf(database)).toBeGreaterThan(before);
  });

  test.each([
    `UPDATE api_keys SET last_used_at = now()`,
    `UPDATE agents SET consecutive_failures = consecutive_failures + 1, updated_at = now()`,
    `UPDATE sources SET last_seen_at = now(), accepted_count = accepted_count + 1, updated_at = now()`,
    `INSERT INTO detection_rules (id, name) VALUES (gen_random_uuid(), 'rule')`,
  ])('stays with %s', async (sql) => {
    const before = await versionOf(database);
    await database.query(sql);
    expect(await versionOf(database)).toBe(before);
  });

  test('stays when a change is rolled back', async () => {
    const before = await versionOf(database);
    const change = database.transaction(async (client) => {
      await client.query('DELETE FROM sources');
      throw new Error('rolled back');
    });
    await expect(change).rejects.toThrow('rolled back');
    expect(await versionOf(database)).toBe(before);
  });
});

describe('watchConfig', () => {
  test('serves a change within two seconds, and loads nothing in between', async () => {
    await using home = await testDatabase();
    await using database = await openTestDatabase(home.url);
    await using watcher = watchConfig(database);
    let loads = 0;
    const sources = watcher.cached(async () => {
      loads += 1;
      return await database.prisma.source.count();
    });
    const before = await sources.get();
    await eventually(() => expect(loads).toBe(2));
    await Promise.all(Array.from({ length: 50 }, async () => await sources.get()));
    expect(loads).toBe(2);

    await database.prisma.source.create({ data: { name: 'of-our-own', plugin: 'custom' } });
    await eventually(async () => expect(await sources.get()).toBe(before + 1), {
      timeoutMs: 2_000,
    });
    expect(loads).toBe(3);
  });

  test('loads once for many that ask together', async () => {
    await using home = await testDatabase();
    await using database = await openTestDatabase(home.url);
    await using watcher = watchConfig(database, { pollIntervalMs: 60_000 });
    let loads = 0;
    const slow = watcher.cached(async () => {
      loads += 1;
      await database.query('SELECT pg_sleep(0.2)');
      return 'loaded';
    });
    const values = await Promise.all(Array.from({ length: 20 }, async () => await slow.get()));
    expect(new Set(values)).toEqual(new Set(['loaded']));
    expect(loads).toBeLessThanOrEqual(2);
  });

  test('serves the last good value while the database is away, and the new one afterwards', async () => {
    await using server = await startPrivatePostgres();
    await migrate({ url: server.url });
    await using database = await openTestDatabase(server.url);
    const errors: unknown[] = [];
    await using watcher = watchConfig(database, {
      pollIntervalMs: 100,
      onError: (error) => errors.push(error),
    });
    const sources = watcher.cached(async () => await database.prisma.source.count());
    const never = watcher.cached(async () => await database.prisma.workflow.count());
    const before = await sources.get();

    await server.kill();
    await eventually(() => expect(errors.length).toBeGreaterThan(0));
    expect(await sources.get()).toBe(before);
    await expect(never.get()).rejects.toMatchObject({ code: 'service.unavailable' });

    await server.restart();
    await eventually(async () => {
      await database.prisma.source.create({ data: { name: 'afterwards', plugin: 'custom' } });
    });
    await eventually(async () => expect(await sources.get()).toBe(before + 1));
    expect(await never.get()).toBe(0);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hashApiKey, parseApiKey } from '@calseta/common';
import { type TestDatabase, testDatabase } from '@calseta/testing';
import { type ApiKeyStore, createApiKeyStore } from '../src/access/api-key-store.js';
import { type Database } from '../src/core/database.js';
import { openTestDatabase } from './with-database.js';

const BOOTSTRAP_KEY = 'cai_0123456789abcdefghijklmnopqrstuv';

describe('createApiKeyStore', () => {
  let home: TestDatabase;
  let database: Database;
  let store: ApiKeyStore;

  beforeAll(async () => {
    home = await testDatabase();
    database = await openTestDatabase(home.url, { poolSize: 12 });
    store = createApiKeyStore(database);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await home.drop();
  });
  beforeEach(async () => {
    await database.query('TRUNCATE api_keys');
  });

  const aKey = async (changes: Partial<Parameters<ApiKeyStore['create']>[0]> = {}) =>
    await store.create({
      name: 'forwarder',
      key_type: 'agent',
      scopes: ['alerts:ingest'],
      allowed_sources: ['sentinel'],
      ...changes,
    });
  const storedKeys = async () => await database.prisma.apiKey.findMany();

  test('stores the hash of a new key, never the key', async () => {
    const { key, id } = await aKey();
    expect(parseApiKey(key)?.id).toBe(id);
    const found = await store.find(id);
    expect(found).toMatchObject({
      name: 'forwarder',
      keyType: 'agent',
      scopes: ['alerts:ingest'],
      allowedSources: ['sentinel'],
      urlTokenSource: null,
      expiresAt: null,
      revokedAt: null,
    });
    expect(new Uint8Array(found?.secretHash ?? [])).toEqual(hashApiKey(key));
    const { rows } = await database.query<{ row: string }>(
      'SELECT api_keys::text AS row FROM api_keys',
    );
    expect(rows[0]?.row).not.toContain(key.slice(-43));
    expect(await store.get(id)).not.toHaveProperty('key');
    expect(await store.find('no-such-key-here')).toBeNull();
  });

  test.each([null, [], ['sentinel', 'elastic']])(
    'keeps %j apart as allowed sources',
    async (allowed) => {
      const { id } = await aKey({ allowed_sources: allowed });
      expect((await store.find(id))?.allowedSources).toEqual(allowed);
    },
  );

  test('lists the newest first, page by page', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await aKey({ name });
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ cursor, pageSize: 2, includeTotal: true });
      expect(page.total).toBe(5);
      listed.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([...listed].sort()).toEqual(names);
    expect(listed.at(0)).toBe('e');
    expect(listed.at(-1)).toBe('a');
  });

  test('revokes a key once and for all', async () => {
    const { id } = await aKey();
    expect(await store.revoke(id)).toBe(true);
    const { revokedAt } = (await store.find(id)) ?? {};
    expect(revokedAt).toBeInstanceOf(Date);
    expect(await store.revoke(id)).toBe(true);
    expect((await store.find(id))?.revokedAt).toEqual(revokedAt);
    expect(await store.revoke('no-such-key-here')).toBe(false);
  });

  test('rotates a live key: both work for the overlap, then the new one', async () => {
    const old = await aKey();
    const fresh = await store.rotate(old.id, 60);
    expect(fresh?.id).not.toBe(old.id);
    expect(await store.find(fresh?.id ?? '')).toMatchObject({
      name: 'forwarder',
      scopes: ['alerts:ingest'],
      allowedSources: ['sentinel'],
      expiresAt: null,
    });
    const left = ((await store.find(old.id))?.expiresAt?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(61_000);
    await store.revoke(old.id);
    expect(await store.rotate(old.id, 60)).toBeUndefined();
  });

  test('notes the use of keys to the minute', async () => {
    const { id } = await aKey();
    await Promise.all([store.touch([id]), store.touch([id, 'unknown'])]);
    const first = (await store.get(id))?.last_used_at;
    expect(first).toBeDefined();
    await store.touch([id]);
    expect((await store.get(id))?.last_used_at).toBe(first);
    await database.query(`UPDATE api_keys SET last_used_at = now() - interval '2 minutes'`);
    await store.touch([id]);
    const { rows } = await database.query(
      "SELECT 1 FROM api_keys WHERE last_used_at > now() - interval '1 minute'",
    );
    expect(rows).toHaveLength(1);
  });

  const tenTimes = async (bootstrapKey?: string) =>
    await Promise.all(
      Array.from({ length: 10 }, async () => await store.ensureAdminKey({ bootstrapKey })),
    );

  test('makes one admin key when ten processes start together', async () => {
    const made = (await tenTimes()).flatMap(({ createdKey }) => createdKey ?? []);
    expect(made).toHaveLength(1);
    expect(await storedKeys()).toMatchObject([
      { id: parseApiKey(made[0] ?? '')?.id, keyType: 'human', scopes: ['admin'] },
    ]);
    expect(await store.ensureAdminKey({})).toEqual({});
  });

  test('takes the bootstrap key for the admin key, and never shows it', async () => {
    expect(await tenTimes(BOOTSTRAP_KEY)).toEqual(Array.from({ length: 10 }, () => ({})));
    const [stored, ...others] = await storedKeys();
    expect(others).toEqual([]);
    expect(stored).toMatchObject({ id: parseApiKey(BOOTSTRAP_KEY)?.id, scopes: ['admin'] });
    expect(await store.ensureAdminKey({})).toEqual({});
  });

  test('adds the bootstrap key to those that are there, and leaves it revoked once it was', async () => {
    await store.ensureAdminKey({});
    await store.ensureAdminKey({ bootstrapKey: BOOTSTRAP_KEY });
    expect(await storedKeys()).toHaveLength(2);
    const id = parseApiKey(BOOTSTRAP_KEY)?.id ?? '';
    await store.revoke(id);
    await store.ensureAdminKey({ bootstrapKey: BOOTSTRAP_KEY });
    expect((await store.find(id))?.revokedAt).toBeInstanceOf(Date);
  });

  test('refuses a bootstrap key that is too short, without repeating it', async () => {
    const failure = await store
      .ensureAdminKey({ bootstrapKey: 'cai_short' })
      .catch((error: unknown) => String(error));
    expect(failure).toContain('The bootstrap API key');
    expect(failure).not.toContain('cai_short');
  });
});

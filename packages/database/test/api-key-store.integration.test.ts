import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hashApiKey, MAX_LIVE_API_KEYS, parseApiKey } from '@calseta/common';
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
    await store.create(
      {
        name: 'forwarder',
        key_type: 'agent',
        scopes: ['alerts:ingest'],
        allowed_sources: ['sentinel'],
        ...changes,
      },
      { createdBy: 'Ada' },
    );
  const live = async (id: string) =>
    (await store.readLive(undefined))?.keys.find((key) => key.id === id);
  const storedKeys = async () => await database.prisma.apiKey.findMany();

  test('stores the hash of a new key, never the key', async () => {
    const { key, id } = await aKey();
    expect(parseApiKey(key)?.id).toBe(id);
    const found = await live(id);
    expect(found).toMatchObject({
      name: 'forwarder',
      keyType: 'agent',
      scopes: ['alerts:ingest'],
      allowedSources: ['sentinel'],
      urlTokenSource: null,
      expiresAt: null,
    });
    expect(new Uint8Array(found?.secretHash ?? [])).toEqual(hashApiKey(key));
    const { rows } = await database.query<{ row: string }>(
      'SELECT api_keys::text AS row FROM api_keys',
    );
    expect(rows[0]?.row).not.toContain(key.slice(-43));
    expect(await store.get(id)).not.toHaveProperty('key');
    expect(await store.get('no-such-key-here')).toBeUndefined();
  });

  test.each([null, [], ['sentinel', 'elastic']])(
    'keeps %j apart as allowed sources',
    async (allowed) => {
      const { id } = await aKey({ allowed_sources: allowed });
      expect((await live(id))?.allowedSources).toEqual(allowed);
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
    const { revoked_at: revokedAt } = (await store.get(id)) ?? {};
    expect(revokedAt).toBeDefined();
    expect(await live(id)).toBeUndefined();
    expect(await store.revoke(id)).toBe(true);
    expect((await store.get(id))?.revoked_at).toEqual(revokedAt);
    expect(await store.revoke('no-such-key-here')).toBe(false);
  });

  test('rotates a live key: both work for the overlap, then the new one', async () => {
    const old = await aKey();
    const fresh = await store.rotate(old.id, { overlapSeconds: 60, createdBy: 'Bea' });
    expect(fresh?.id).not.toBe(old.id);
    expect(await live(fresh?.id ?? '')).toMatchObject({
      name: 'forwarder',
      scopes: ['alerts:ingest'],
      allowedSources: ['sentinel'],
      expiresAt: null,
    });
    const left = ((await live(old.id))?.expiresAt?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(61_000);
    await store.revoke(old.id);
    const again = { overlapSeconds: 60, createdBy: 'Bea' };
    expect(await store.rotate(old.id, again)).toBeUndefined();
  });

  test('knows whom a key stands for and who made it, also after it was rotated', async () => {
    const rotate = async (id: string) =>
      await store.rotate(id, { overlapSeconds: 0, createdBy: 'Bea' });
    const agent = await aKey();
    expect(agent).toMatchObject({ principal: `agent:${agent.id}`, created_by: 'Ada' });
    const nobody = await aKey({ key_type: 'human' });
    expect(nobody).toMatchObject({ principal: nobody.id });
    expect(await rotate(nobody.id)).toMatchObject({ principal: nobody.id, created_by: 'Bea' });
    const person = await aKey({ key_type: 'human', principal: 'Cleo' });
    expect(await rotate(person.id)).toMatchObject({ principal: 'Cleo', created_by: 'Bea' });
    const rotated = await rotate(agent.id);
    expect(rotated).toMatchObject({ principal: `agent:${rotated?.id}` });
    expect(await live(rotated?.id ?? '')).toMatchObject({ principalId: `agent:${rotated?.id}` });
    await expect(
      database.query(`UPDATE api_keys SET principal = 'Cleo' WHERE id = $1`, [rotated?.id]),
    ).rejects.toMatchObject({ code: '23514' });
  });

  test('reads all live keys, and them alone, when the configuration has changed', async () => {
    const [first, revoked, expiring] = [await aKey(), await aKey(), await aKey()];
    await store.revoke(revoked.id);
    await aKey({ expires_at: '2020-01-01T00:00:00Z' });
    await database.query(
      `UPDATE api_keys SET expires_at = now() + interval '1 hour' WHERE id = $1`,
      [expiring.id],
    );
    const read = await store.readLive(undefined);
    expect(read?.keys.map(({ id }) => id).sort()).toEqual([first.id, expiring.id].sort());
    expect(await store.readLive(read?.version)).toBeUndefined();
    await store.touch([first.id]);
    expect(await store.readLive(read?.version)).toBeUndefined();
    const made = await aKey();
    const again = await store.readLive(read?.version);
    expect(again?.keys.map(({ id }) => id)).toContain(made.id);
    await store.revoke(made.id);
    expect((await store.readLive(again?.version))?.keys).toHaveLength(2);
  });

  test('takes scopes of a later version for none, and the others of the key for what they are', async () => {
    const { id } = await aKey();
    await database.query(`UPDATE api_keys SET scopes = '{later:scope,alerts:read}'`);
    expect((await live(id))?.scopes).toEqual(['alerts:read']);
    expect((await store.get(id))?.scopes).toEqual(['alerts:read']);
  });

  test('makes no more live keys than every process can hold', async () => {
    const spent = await aKey();
    await database.query(
      `INSERT INTO api_keys (id, name, key_type, secret_hash)
       SELECT lpad(n::text, 16, '0'), 'one of many', 'agent', decode(repeat('00', 32), 'hex')
       FROM generate_series(1, $1::int) AS n`,
      [MAX_LIVE_API_KEYS - 2],
    );
    const last = await aKey();
    const tooMany = { code: 'resource.conflict' };
    await expect(aKey()).rejects.toMatchObject(tooMany);
    const overlap = { overlapSeconds: 60, createdBy: 'Ada' };
    await expect(store.rotate(last.id, overlap)).rejects.toMatchObject(tooMany);
    await expect(store.rotate(last.id, { ...overlap, overlapSeconds: 0 })).resolves.toBeDefined();
    await store.revoke(spent.id);
    await aKey();
    expect((await store.readLive(undefined))?.keys).toHaveLength(MAX_LIVE_API_KEYS);
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
    expect((await store.get(id))?.revoked_at).toBeDefined();
  });

  test('refuses a bootstrap key that is too short, without repeating it', async () => {
    const failure = await store
      .ensureAdminKey({ bootstrapKey: 'cai_short' })
      .catch((error: unknown) => String(error));
    expect(failure).toContain('The bootstrap API key');
    expect(failure).not.toContain('cai_short');
  });
});

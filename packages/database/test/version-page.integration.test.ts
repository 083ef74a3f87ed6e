import { expect, test } from '@jest/globals';
import { createProviderStore, createProviderVersionStore, type Database } from '../src/index.js';
import { withDatabase } from './with-database.js';

let database: Database;
withDatabase((opened) => {
  database = opened;
});

/** A provider with so many versions. */
async function aProvider(name: string, versions: number): Promise<string> {
  const store = createProviderStore(database, (text) => text);
  const { uuid } = await store.create({ name, lookup: {}, credentials: {} });
  for (let version = 2; version <= versions; version += 1)
    await store.update(uuid, { reliability: 0.5 });
  return uuid;
}

test('pages of versions go from the newest to the oldest, of one resource alone', async () => {
  const uuid = await aProvider('with_three', 3);
  await aProvider('with_two', 2);
  const { list } = createProviderVersionStore(database);
  const first = await list(uuid, { pageSize: 2, includeTotal: true });
  expect(first?.items.map(({ version }) => version)).toEqual([3, 2]);
  expect(first?.total).toBe(3);
  const rest = await list(uuid, {
    cursor: first!.nextCursor!,
    pageSize: 2,
    includeTotal: false,
  });
  expect(rest?.items.map(({ version }) => version)).toEqual([1]);
  expect(rest?.nextCursor).toBeNull();
});

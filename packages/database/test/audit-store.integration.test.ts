import { type AuditVerification, type VerifyAuditQuery } from '@calseta/common';
import { testDatabase } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAuditStore } from '../src/audit/audit-store.js';
import { actAs } from '../src/core/audit-actor.js';
import { type Database } from '../src/core/database.js';
import { openTestDatabase } from './with-database.js';

const ALL: VerifyAuditQuery = { limit: 1_000 };
const ACTOR = { actor: 'ada', actorType: 'human', keyId: 'k', via: 'rest' } as const;

let home: Awaited<ReturnType<typeof testDatabase>>;
/** Two processes with the same database. */
let database: Database;
let other: Database;
beforeAll(async () => {
  home = await testDatabase();
  database = await openTestDatabase(home.url);
  other = await openTestDatabase(home.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await home.drop();
});

/** Runs statements as somebody who owns the database and switches the guard off. */
async function tamper(...statements: string[]): Promise<void> {
  await database.transaction(async (client) => {
    await client.query('ALTER TABLE audit_entries DISABLE TRIGGER USER');
    for (const statement of statements) await client.query(statement);
    await client.query('ALTER TABLE audit_entries ENABLE TRIGGER USER');
  });
}

function aSignal(): { given: Promise<void>; give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

const store = () => createAuditStore(database);
const verify = async (query: Partial<VerifyAuditQuery> = {}): Promise<AuditVerification> =>
  await store().verify({ ...ALL, ...query });
const chain = async () => {
  while ((await store().chain({ skipIfBusy: false })) > 0);
};
const record = async (count: number) => {
  for (let number = 1; number <= count; number += 1)
    await store().record({
      ...{ verb: 'tested', resourceType: 'thing', resourceId: String(number) },
      detail: { number },
    });
};

beforeEach(async () => {
  const zeros = '0'.repeat(64);
  await tamper(
    'DELETE FROM audit_entries',
    `UPDATE audit_chain SET base_sequence = 0, last_sequence = 0, base_hash = '${zeros}', last_hash = '${zeros}'`,
  );
});

describe('the chain', () => {
  beforeEach(async () => {
    await actAs(ACTOR, async () => await record(9));
    await chain();
  });

  test('is intact, and is checked in parts that lead from one to the next', async () => {
    const whole = await verify();
    expect(whole).toMatchObject({
      ...{ is_intact: true, is_complete: true, breaks: [] },
      ...{ verified_from: 1, verified_to: 9, verified_count: 9, pending_count: 0 },
      last_chained: { sequence: 9 },
    });
    let part = await verify({ limit: 4 });
    const spans = [[part.verified_from, part.verified_to, part.is_complete]];
    while (!part.is_complete) {
      part = await verify({ limit: 4, after: part.next_after, hash: part.next_hash });
      expect(part.is_intact).toBe(true);
      spans.push([part.verified_from, part.verified_to, part.is_complete]);
    }
    expect(spans).toEqual([
      [1, 4, false],
      [5, 8, false],
      [9, 9, true],
    ]);
    const after = await verify({ after: 9, hash: part.next_hash });
    expect(after).toMatchObject({ is_intact: true, verified_count: 0, verified_from: null });
    await expect(verify({ after: 10 })).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test.each([
    ['who acted', `UPDATE audit_entries SET actor = 'eve' WHERE sequence = 4`, 4, 'changed'],
    [
      'when',
      `UPDATE audit_entries SET at = at + interval '1 hour' WHERE sequence = 4`,
      4,
      'changed',
    ],
    [
      'what was after',
      `UPDATE audit_entries SET after = '{"number": 5}' WHERE sequence = 4`,
      4,
      'text_changed',
    ],
    [
      'what was after, with its hash',
      `UPDATE audit_entries SET after_hash = repeat('a', 64) WHERE sequence = 4`,
      4,
      'changed',
    ],
    ['an entry, which was deleted', 'DELETE FROM audit_entries WHERE sequence = 4', 4, 'missing'],
    [
      'the first entry, which was deleted',
      'DELETE FROM audit_entries WHERE sequence = 1',
      1,
      'missing',
    ],
    [
      'the last entry, which was deleted',
      'DELETE FROM audit_entries WHERE sequence = 9',
      9,
      'end_missing',
    ],
    [
      'a hash, so that the next entry is not linked',
      `UPDATE audit_entries SET hash = repeat('b', 64) WHERE sequence = 4`,
      5,
      'not_linked',
    ],
  ])('shows a change of %s', async (_, statement, sequence, kind) => {
    await tamper(statement);
    const { is_intact: isIntact, breaks } = await verify();
    expect(isIntact).toBe(false);
    expect(breaks).toContainEqual(expect.objectContaining({ sequence, kind }));
  });

  test('shows entries that changed places', async () => {
    await tamper(
      'UPDATE audit_entries SET sequence = -1 WHERE sequence = 3',
      'UPDATE audit_entries SET sequence = 3 WHERE sequence = 6',
      'UPDATE audit_entries SET sequence = 6 WHERE sequence = -1',
    );
    const { breaks } = await verify();
    expect(breaks.map(({ sequence }) => sequence)).toEqual(expect.arrayContaining([3, 4, 6, 7]));
  });

  test('shows an entry that was put in with the others moved on', async () => {
    await tamper(
      'UPDATE audit_entries SET sequence = -sequence WHERE sequence > 5',
      'UPDATE audit_entries SET sequence = 1 - sequence WHERE sequence < 0',
      `INSERT INTO audit_entries
         (sequence, actor, actor_type, via, action, resource_type, resource_id, previous_hash, hash)
       SELECT 6, 'eve', 'human', 'rest', 'x.y', 'x', 'y', hash, repeat('c', 64)
         FROM audit_entries WHERE sequence = 5`,
    );
    const { breaks } = await verify();
    expect(breaks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ sequence: 6, kind: 'changed' }),
        expect.objectContaining({ sequence: 7, kind: 'not_linked' }),
        expect.objectContaining({ sequence: 10, kind: 'end_missing' }),
      ]),
    );
  });

  test('written anew from some entry on is another one to whoever kept a hash', async () => {
    const { next_hash: hash, next_after: after } = await verify({ limit: 5 });
    await tamper(
      `UPDATE audit_entries SET sequence = NULL, hash = NULL, previous_hash = NULL, actor = 'eve'
        WHERE sequence >= 4`,
      `UPDATE audit_chain SET last_sequence = 3,
         last_hash = (SELECT hash FROM audit_entries WHERE sequence = 3)`,
    );
    await chain();
    expect(await verify()).toMatchObject({ is_intact: true });
    expect(await verify({ after, hash })).toMatchObject({
      is_intact: false,
      breaks: [{ sequence: 5, kind: 'other_start' }],
    });
  });

  test('takes no change, no deletion and no truncation of entries', async () => {
    for (const statement of [
      `UPDATE audit_entries SET actor = 'eve' WHERE sequence = 4`,
      `UPDATE audit_entries SET sequence = NULL, hash = NULL, previous_hash = NULL WHERE sequence = 4`,
      `UPDATE audit_entries SET before = '{}' WHERE sequence = 4`,
      'DELETE FROM audit_entries WHERE sequence = 4',
      'TRUNCATE audit_entries',
    ])
      await expect(database.query(statement)).rejects.toThrow('are only added');
    expect(await verify()).toMatchObject({ is_intact: true, verified_count: 9 });
  });

  test('stays whole when texts are emptied and old entries are deleted', async () => {
    await tamper(`UPDATE audit_entries SET at = at - interval '40 days' WHERE sequence <= 6`);
    // Entries of that age, chained when they were written.
    await tamper(
      'UPDATE audit_entries SET sequence = NULL, hash = NULL, previous_hash = NULL',
      `UPDATE audit_chain SET last_sequence = 0, last_hash = base_hash`,
    );
    await chain();
    expect(await store().emptyTexts({ days: 30 }, 4)).toBe(4);
    expect(await store().emptyTexts({ days: 30 }, 4)).toBe(2);
    expect(await store().emptyTexts({ days: 30 }, 4)).toBe(0);
    expect(await verify()).toMatchObject({ is_intact: true, verified_count: 9, emptied_count: 6 });

    expect(await store().deleteOldest({ days: 30 }, 4)).toBe(4);
    expect(await store().deleteOldest({ days: 30 }, 4)).toBe(2);
    expect(await store().deleteOldest({ days: 30 }, 4)).toBe(0);
    expect(await verify()).toMatchObject({
      ...{ is_intact: true, is_complete: true, verified_from: 7, verified_to: 9, emptied_count: 0 },
      first_kept: { sequence: 6 },
    });
    await record(1);
    await chain();
    expect(await verify()).toMatchObject({ is_intact: true, verified_to: 10 });
  });
});

describe('entries', () => {
  const insertDocument = async (client: Pick<Database, 'query'>, title: string) =>
    await client.query(
      `INSERT INTO context_documents (id, title, doc_type, content, is_global)
       VALUES (gen_random_uuid(), $1, 'runbook', 'x', true)`,
      [title],
    );

  afterEach(async () => {
    await database.query('DELETE FROM context_documents');
  });

  test('of fifty changes at once over two processes make one chain', async () => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, number) => {
        const replica = number % 2 === 0 ? database : other;
        await actAs({ ...ACTOR, actor: `person-${number}` }, async () => {
          await replica.prisma.contextDocument.create({
            data: { title: `${number}`, docType: 'runbook', content: 'x', isGlobal: true },
          });
        });
        if (number % 5 === 0)
          await createAuditStore(replica).chain({ skipIfBusy: number % 2 === 0 });
      }),
    );
    await chain();
    expect(await verify()).toMatchObject({ is_intact: true, verified_count: 50, pending_count: 0 });
    const { items } = await store().list(
      { sort: 'sequence' },
      { pageSize: 100, includeTotal: false },
    );
    const actors = items.map(({ actor, after }) => [actor, after?.['title']]);
    expect(new Set(actors.map(([actor]) => actor)).size).toBe(50);
    for (const [actor, title] of actors) expect(actor).toBe(`person-${String(title)}`);
  });

  test('of a transaction that stays open come after it, and no reader that follows misses them', async () => {
    const writing = `SELECT write_audit_entry('tested', 'thing', $1, NULL, NULL)`;
    const ended = aSignal();
    const written = aSignal();
    const held = other.transaction(async (client) => {
      await client.query(writing, ['held']);
      written.give();
      await ended.given;
    });
    await written.given;
    await database.query(writing, ['meanwhile']);
    await chain();
    const read = async (cursor?: string) =>
      await store().list({ sort: 'sequence' }, { cursor, pageSize: 1, includeTotal: true });
    const before = await read();
    expect(before.items.map((entry) => entry.resource_id)).toEqual(['meanwhile']);
    expect(before.total).toBe(1);
    ended.give();
    await held;
    await chain();
    const first = await read();
    expect(first.items).toEqual(before.items);
    const second = await read(first.nextCursor!);
    expect(second.items.map((entry) => entry.resource_id)).toEqual(['held']);
    expect(await verify()).toMatchObject({ is_intact: true, verified_count: 2 });
  });

  test('go with their change when it is rolled back', async () => {
    await expect(
      actAs(ACTOR, async () => {
        await database.transaction(async (client) => {
          await insertDocument(client, 'never');
          throw new Error('changed my mind');
        });
      }),
    ).rejects.toThrow('changed my mind');
    await chain();
    expect(await verify()).toMatchObject({ verified_count: 0 });
  });

  test('name the actor of each way to write, and nobody else afterwards', async () => {
    const { prisma } = database;
    const data = (title: string) =>
      ({ title, docType: 'runbook', content: 'x', isGlobal: true }) as const;
    await actAs(ACTOR, async () => {
      await database.query(
        `INSERT INTO context_documents (id, title, doc_type, content, is_global)
         VALUES (gen_random_uuid(), $1, 'runbook', 'x', true)`,
        ['query'],
      );
      await database.transaction(async (client) => await insertDocument(client, 'transaction'));
      await prisma.contextDocument.create({ data: data('statement') });
      await prisma.$transaction([prisma.contextDocument.create({ data: data('list') })]);
      await prisma.$transaction(
        async (tx) => await tx.contextDocument.create({ data: data('function') }),
      );
    });
    for (let connection = 0; connection < 8; connection += 1)
      await insertDocument(database, 'nobody');
    await chain();
    const { items } = await store().list(
      { sort: 'sequence' },
      { pageSize: 100, includeTotal: false },
    );
    expect(items.map(({ actor, after }) => `${actor} ${String(after?.['title'])}`)).toEqual([
      ...['query', 'transaction', 'statement', 'list', 'function'].map((title) => `ada ${title}`),
      ...Array.from({ length: 8 }, () => 'system nobody'),
    ]);
    expect(items.at(-1)).toMatchObject({
      actor_type: 'system',
      via: 'database-test',
      key_id: null,
    });
  });

  test('show a long text as its length and digest', async () => {
    await database.query(
      `INSERT INTO context_documents (id, title, doc_type, content, is_global)
       VALUES (gen_random_uuid(), 'long', 'runbook', repeat('x', 4094), true),
              (gen_random_uuid(), 'longer', 'runbook', repeat('x', 4095), true)`,
    );
    await chain();
    const { items } = await store().list(
      { sort: 'sequence' },
      { pageSize: 100, includeTotal: false },
    );
    expect(items.map(({ after }) => after?.['content'])).toEqual([
      'x'.repeat(4_094),
      { omitted_bytes: 4_097, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });
});

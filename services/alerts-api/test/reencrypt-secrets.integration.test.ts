import { randomBytes } from 'node:crypto';
import { newUuid } from '@calseta/common';
import { type Database, reencryptSecrets } from '@calseta/database';
import { createCipher, encryptionKey } from '@calseta/platform';
import { type TestDatabase, testDatabase } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestDatabase } from '@calseta/testing/services';

let given: TestDatabase;
let database: Database;
beforeAll(async () => {
  given = await testDatabase();
  database = await openTestDatabase(given.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await given.drop();
});

const [older, newer, lost] = [1, 2, 3].map(() => encryptionKey(randomBytes(32)));

test('every secret is encrypted with the first key, also inside JSON; what no key reads is counted', async () => {
  const before = createCipher({ keys: [older!] });
  const both = createCipher({ keys: [newer!, older!] });
  const after = createCipher({ keys: [newer!] });
  const agent = await database.prisma.agent.create({
    data: {
      name: newUuid(),
      signingSecretEncrypted: before.encrypt('whsec'),
      authHeaderEncrypted: both.encrypt('Bearer new'),
      headers: { 'x-one': before.encrypt('1'), 'x-two': before.encrypt('2') },
    },
  });
  const secret = { id: 'a', encrypted: before.encrypt('hmac'), created_at: 'now' };
  await database.prisma.source.update({
    where: { name: 'generic' },
    data: { hmacSecrets: [secret] },
  });
  const unread = createCipher({ keys: [lost!] }).encrypt('lost');
  const unreadable = await database.prisma.agent.create({
    data: { name: newUuid(), signingSecretEncrypted: unread },
  });

  const columns = await reencryptSecrets(database, both);
  const counts = Object.fromEntries(
    columns.map(({ column, changed, unreadable: left }) => [column, [changed, left]]),
  );
  expect(counts).toMatchObject({
    'agents.signing_secret_encrypted': [1, 1],
    'agents.auth_header_encrypted': [0, 0],
    'agents.headers': [1, 0],
    'sources.hmac_secrets': [1, 0],
  });

  const row = await database.prisma.agent.findUniqueOrThrow({ where: { id: agent.id } });
  const headers = row.headers as Record<string, string>;
  expect(after.decrypt(row.signingSecretEncrypted)).toBe('whsec');
  expect(row.authHeaderEncrypted).toBe(agent.authHeaderEncrypted);
  expect([headers['x-one'], headers['x-two']].map((text) => after.decrypt(text!))).toEqual([
    '1',
    '2',
  ]);
  const source = await database.prisma.source.findUniqueOrThrow({ where: { name: 'generic' } });
  const [kept] = source.hmacSecrets as { id: string; encrypted: string }[];
  expect([kept!.id, after.decrypt(kept!.encrypted)]).toEqual(['a', 'hmac']);
  const left = await database.prisma.agent.findUniqueOrThrow({ where: { id: unreadable.id } });
  expect(left.signingSecretEncrypted).toBe(unread);

  const again = await reencryptSecrets(database, both);
  expect(again.reduce((sum, { changed }) => sum + changed, 0)).toBe(0);
});

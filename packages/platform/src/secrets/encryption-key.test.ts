import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { encryptionKey, parseEncryptionKeys } from './encryption-key.js';

describe('parseEncryptionKeys', () => {
  const bytes = randomBytes(32);
  const { id } = encryptionKey(bytes);

  test.each(['base64', 'base64url', 'hex'] as const)('reads 32 bytes in %s', (encoding) => {
    expect(parseEncryptionKeys(bytes.toString(encoding))).toMatchObject([{ id }]);
  });

  test('reads several keys in order', () => {
    const text = `${bytes.toString('hex')}, ${randomBytes(32).toString('base64')}`;
    const keys = parseEncryptionKeys(text);
    expect(keys).toHaveLength(2);
    expect(keys?.[0]?.id).toBe(id);
  });

  test.each([
    ['empty', ''],
    ['31 bytes', randomBytes(31).toString('hex')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['words', 'correct horse battery staple'],
    ['a list with an empty entry', `${bytes.toString('hex')},`],
  ])('refuses %s', (_name, text) => {
    expect(parseEncryptionKeys(text)).toBeUndefined();
  });
});

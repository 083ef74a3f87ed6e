import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCipher } from './cipher.js';
import { encryptionKey } from './encryption-key.js';

const key = (fill: number) => encryptionKey(Buffer.alloc(32, fill));

describe('createCipher', () => {
  test('decrypts what it encrypted, whatever the text', () => {
    const cipher = createCipher({ keys: [key(1)] });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(cipher.decrypt(cipher.encrypt(text))).toBe(text);
      }),
    );
  });

  test('writes version, key id, nonce and data, and never the same text twice', () => {
    const cipher = createCipher({ keys: [key(1)] });
    const text = cipher.encrypt('Bearer s3cret');
    expect(text).toMatch(/^v1:[0-9a-f]{8}:[\w-]{16}:[\w-]+$/);
    expect(cipher.encrypt('Bearer s3cret')).not.toBe(text);
  });

  test('encrypts with the first key and decrypts with any', () => {
    const before = createCipher({ keys: [key(1)] });
    const rotating = createCipher({ keys: [key(2), key(1)] });
    const after = createCipher({ keys: [key(2)] });
    const old = before.encrypt('s3cret');

    expect(rotating.decrypt(old)).toBe('s3cret');
    expect(rotating.isCurrent(old)).toBe(false);

    const renewed = rotating.encrypt(rotating.decrypt(old));
    expect(rotating.isCurrent(renewed)).toBe(true);
    expect(after.decrypt(renewed)).toBe('s3cret');
    expect(() => after.decrypt(old)).toThrow(/needs key "[0-9a-f]{8}", which is not configured/);
  });

  test('refuses a text of which any character was changed, without repeating it', () => {
    const cipher = createCipher({ keys: [key(1)] });
    const text = cipher.encrypt('s3cret');
    for (let index = 0; index < text.length - 1; index++) {
      const flipped = text[index] === 'A' ? 'B' : 'A';
      const tampered = text.slice(0, index) + flipped + text.slice(index + 1);
      expect(() => cipher.decrypt(tampered)).toThrow(/cannot be decrypted/);
    }
    expect(() => cipher.decrypt(text.slice(0, 30))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(text.slice(12, 30)) }),
    );
  });

  test.each(['', 'plain', 'v2:a:b:c', 'v1:a:b', 'v1:::', 'v1:00000000:AAAAAAAAAAAAAAAA:AAAA'])(
    'refuses %j',
    (text) => {
      expect(() => createCipher({ keys: [key(1)] }).decrypt(text)).toThrow(/cannot be decrypted/);
    },
  );

  test('keeps key bytes out of what inspect prints', () => {
    const bytes = randomBytes(32);
    const printed = inspect(encryptionKey(bytes), { depth: 10, showHidden: true });
    expect(printed).not.toContain(bytes.toString('hex').slice(0, 16));
    expect(printed).not.toContain(bytes.toString('base64').slice(0, 16));
  });

  test('needs a key', () => {
    expect(() => createCipher({ keys: [] })).toThrow(/at least one key/);
  });
});

import { describe, expect, test } from '@jest/globals';
import { decodeSigningSecret, generateSigningSecret } from './signing-secret.js';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

describe('signing secrets', () => {
  test('are whsec_ and 32 random bytes', () => {
    const secret = generateSigningSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(decodeSigningSecret(secret)).toHaveLength(32);
    expect(generateSigningSecret()).not.toBe(secret);
  });

  test.each([
    [23, undefined],
    [24, 24],
    [64, 64],
    [65, undefined],
  ])('of %d bytes decode to %p', (bytes, length) => {
    expect(decodeSigningSecret(secretOf(bytes))?.length).toBe(length);
  });

  test.each(['', 'whsec_', 'whsec_not base64!', Buffer.alloc(32).toString('base64')])(
    'are refused when malformed: %j',
    (text) => {
      expect(decodeSigningSecret(text)).toBeUndefined();
    },
  );
});

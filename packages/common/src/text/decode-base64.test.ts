import { describe, expect, test } from '@jest/globals';
import { decodeBase64 } from './decode-base64.js';

describe('decodeBase64', () => {
  test.each([
    ['', 'base64', ''],
    ['YQ==', 'base64', 'a'],
    ['Pz8/', 'base64', '???'],
    ['YQ', 'base64url', 'a'],
    ['Pz8_', 'base64url', '???'],
  ] as const)('reads %j as %s', (text, encoding, expected) => {
    expect(decodeBase64(text, encoding)?.toString()).toBe(expected);
  });

  test.each([
    ['text after the padding', 'YQ==zz', 'base64'],
    ['no padding', 'YQ', 'base64'],
    ['padding too much', 'YWE==', 'base64'],
    ['bits that stand for nothing', 'YR==', 'base64'],
    ['a space', 'Y Q==', 'base64'],
    ['a line break at the end', 'YQ==\n', 'base64'],
    ['the other alphabet', 'Pz8_', 'base64'],
    ['a lone digit', 'Y', 'base64url'],
    ['padding', 'YQ==', 'base64url'],
    ['a foreign character', 'YQ!', 'base64url'],
    ['the other alphabet', 'Pz8/', 'base64url'],
  ] as const)('refuses %s: %j as %s', (_, text, encoding) => {
    expect(decodeBase64(text, encoding)).toBeUndefined();
  });
});

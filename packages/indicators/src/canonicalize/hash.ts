import { type IndicatorType } from '@calseta/common';
import { type Canonical, type Invalid, invalid } from './canonical.js';

const PREFIX = /^(?:0x|(?:md5|sha-?1|sha-?256)\s{0,2}[:=]\s{0,2})/i;
const HEX = /^[0-9a-f]+$/;
const ONE_DIGIT = /^(.)\1+$/;

export const HASH_TYPE_OF_LENGTH: Readonly<Record<number, HashType>> = {
  32: 'hash_md5',
  40: 'hash_sha1',
  64: 'hash_sha256',
};
export type HashType = Extract<IndicatorType, `hash_${string}`>;

/** Hashes of the empty file, and of a single NUL or line feed. They occur everywhere and prove nothing. */
const CONSTANTS = new Set([
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '93b885adfe0da089cdf634904fd59f71',
  '5ba93c9db0cff93f52b521d7420e43f6eda2784f',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  '68b329da9893e34099c7d8ad5cb9c940',
  'adc83b19e793491b1c6ea0fd8b46cd9f32e592fc',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

/** Lower-cases and checks that the value is hexadecimal of its algorithm's length. */
export function canonicalizeHash(type: HashType, text: string): Canonical | Invalid {
  const value = text.replace(PREFIX, '').toLowerCase();
  if (HASH_TYPE_OF_LENGTH[value.length] !== type || !HEX.test(value)) return invalid;
  const isConstant = CONSTANTS.has(value) || isPlaceholderHash(value);
  return { ok: true, value, classification: isConstant ? 'constant' : 'public' };
}

export const isPlaceholderHash = (hash: string): boolean => ONE_DIGIT.test(hash);

import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { cipherOf, encryptionConfig } from './encryption-config.js';

const load = (env: NodeJS.ProcessEnv) => loadConfig(encryptionConfig, env);
const KEY = Buffer.alloc(32, 9).toString('base64');

describe('encryptionConfig', () => {
  test('production refuses to start without a key', () => {
    expect(() => cipherOf(load({ NODE_ENV: 'production' }))).toThrow(ConfigError);
  });

  test('development goes without, with one key for all processes', () => {
    const text = cipherOf(load({})).encrypt('s3cret');
    expect(cipherOf(load({})).decrypt(text)).toBe('s3cret');
  });

  test('the configured key is the one that encrypts', () => {
    const env = { NODE_ENV: 'production', CALSETA_ENCRYPTION_KEY: KEY };
    const text = cipherOf(load(env)).encrypt('s3cret');
    expect(cipherOf(load(env)).decrypt(text)).toBe('s3cret');
    expect(() => cipherOf(load({})).decrypt(text)).toThrow(/not configured/);
    expect(inspect(load(env), { depth: 9 })).not.toContain(KEY.slice(0, 20));
  });

  test('a malformed key is reported without its value', () => {
    expect(() => load({ CALSETA_ENCRYPTION_KEY: 'hunter2' })).toThrow(
      /^(?!.*hunter2)[^]*CALSETA_ENCRYPTION_KEY: must be 32 bytes/,
    );
  });
});

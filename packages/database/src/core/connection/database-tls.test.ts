import { describe, expect, test } from '@jest/globals';
import { connectionOf } from './database-tls.js';

const FILES = { ca: 'authority' };
const URL_WITHOUT = 'postgresql://u:p@db.example.com/d?options=-c%20a%3Db';
const withMode = (mode: string) => `${URL_WITHOUT}&sslmode=${mode}`;

describe('connectionOf', () => {
  test('changes nothing where nobody asks for TLS, or the URL names its files', () => {
    expect(connectionOf(URL_WITHOUT, undefined)).toEqual({ connectionString: URL_WITHOUT });
    const url = `${withMode('verify-full')}&sslrootcert=/ca.pem`;
    expect(connectionOf(url, undefined)).toEqual({ connectionString: url });
  });

  test.each([
    ['require', true, true],
    ['prefer', true, true],
    ['verify-full', true, true],
    ['verify-ca', true, false],
    ['no-verify', false, true],
  ])('%s checks the certificate (%s) and the name (%s)', (mode, isChecked, isNamed) => {
    const { connectionString, ssl } = connectionOf(withMode(mode), FILES);
    expect(connectionString).not.toContain('sslmode');
    expect(ssl).toMatchObject({
      ca: 'authority',
      host: 'db.example.com',
      rejectUnauthorized: isChecked,
    });
    expect(ssl && ssl.checkServerIdentity === undefined).toBe(isNamed);
  });

  test('takes files without a mode for verify-full, and obeys disable', () => {
    expect(connectionOf(URL_WITHOUT, FILES).ssl).toMatchObject({ rejectUnauthorized: true });
    expect(connectionOf(withMode('disable'), FILES).ssl).toBe(false);
  });

  test('refuses a mode that nobody knows', () => {
    expect(() => connectionOf(withMode('verify-ful'), undefined)).toThrow('verify-full');
  });
});

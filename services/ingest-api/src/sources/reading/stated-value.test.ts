import { describe, expect, test } from '@jest/globals';
import { type ReadAs, readStated } from './stated-value.js';

describe('readStated', () => {
  test.each<[string, ReadAs, string]>([
    ['10.0.0.1', 'ip', 'ip 10.0.0.1'],
    ['10.0.0.1:443', 'ip', 'ip 10.0.0.1'],
    ['172.16.0.10/16', 'ip', 'ip 172.16.0.10'],
    ['[2001:db8::5]:8080', 'ip', 'ip 2001:db8::5'],
    ['fe80::1%eth0', 'ip', 'ip fe80::1'],
    ['5.1.1.3', 'address', 'ip 5.1.1.3'],
    ['evil.example.com', 'address', 'domain evil.example.com'],
    ['MD5:900150983CD24FB0D6963F7D28E17F72', 'hash', 'hash_md5 900150983CD24FB0D6963F7D28E17F72'],
    [
      'MD5=900150983CD24FB0D6963F7D28E17F72',
      'labelled_hash',
      'hash_md5 900150983CD24FB0D6963F7D28E17F72',
    ],
    ['https://x.example/a', 'url', 'url https://x.example/a'],
    ['Boss <boss@example.net>', 'email', 'email boss@example.net'],
    ['CORP\\ann', 'account', 'account CORP\\ann'],
  ])('reads %p as %s', (text, as, expected) => {
    const { type, value } = readStated(text, as) ?? {};
    expect(`${type} ${value}`).toBe(expected);
  });

  test.each<[string, ReadAs]>([
    ['WORKSTATION01', 'address'],
    ['111.11.000.1', 'ip'],
    ['0.0.0.0', 'ip'],
    ['b94f6f125c79e3a5ffaa826f584c10d52ada669e6762051b826b55776d05a8a', 'hash'],
    ['0000000000000000000000000000000000000000', 'hash'],
    ['IMPHASH=0C6803C4E922103C4DCA5963AAD36DDF', 'labelled_hash'],
    ['/relative/path', 'url'],
    ['nobody', 'email'],
    ['S-1-5-18', 'account'],
    ['unknown', 'account'],
    ['', 'account'],
  ])('does not read %p as %s', (text, as) => {
    expect(readStated(text, as)).toBeUndefined();
  });
});

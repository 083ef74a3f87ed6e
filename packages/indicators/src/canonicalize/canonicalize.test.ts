import { type Classification, INDICATOR_TYPES, type IndicatorType } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from './canonicalize.js';

type Case = [type: IndicatorType, written: string, value: string, classification?: Classification];

const valid: Case[] = [
  ['ip', '203.0.114.7', '203.0.114.7', 'public'],
  ['ip', ' 203[.]0[.]114[.]7 ', '203.0.114.7', 'public'],
  ['ip', '203.0.114.7:8443', '203.0.114.7', 'public'],
  ['ip', '203.0.114.7/32', '203.0.114.7', 'public'],
  ['ip', '2A00:0DB9:0000:0000:0000:FF00:0042:8329', '2a00:db9::ff00:42:8329', 'public'],
  ['ip', '2a00:db9:0:0:1:0:0:1', '2a00:db9::1:0:0:1', 'public'],
  ['ip', '[2a00::5]:443', '2a00::5', 'public'],
  ['ip', '2a00::5/128', '2a00::5', 'public'],
  ['ip', '::ffff:8.8.4.4', '8.8.4.4', 'public'],
  ['ip', 'fe80::1%eth0', 'fe80::1', 'link_local'],
  ['ip', '10.1.2.3', '10.1.2.3', 'private'],
  ['ip', 'fd12::1', 'fd12::1', 'private'],
  ['ip', '127.0.0.1', '127.0.0.1', 'loopback'],
  ['ip', '::1', '::1', 'loopback'],
  ['ip', '100.64.0.9', '100.64.0.9', 'carrier_grade_nat'],
  ['ip', '224.0.0.251', '224.0.0.251', 'multicast'],
  ['ip', '192.0.2.1', '192.0.2.1', 'documentation'],
  ['ip', '2001:db8::1', '2001:db8::1', 'documentation'],
  ['ip', '255.255.255.255', '255.255.255.255', 'reserved'],
  ['domain', 'Evil.Example-CDN.COM.', 'evil.example-cdn.com', 'public'],
  ['domain', 'evil[.]co(dot)uk', 'evil.co.uk', 'public'],
  ['domain', 'bücher.de', 'xn--bcher-kva.de', 'public'],
  ['domain', '_dmarc.evil.org', '_dmarc.evil.org', 'public'],
  ['domain', 'dc01.corp.local', 'dc01.corp.local', 'internal'],
  ['domain', 'www.example.org', 'www.example.org', 'documentation'],
  ['hash_md5', 'B8CB2DFCA7379908B0605331A759AF4C', 'b8cb2dfca7379908b0605331a759af4c', 'public'],
  [
    'hash_sha1',
    'SHA1=a21c84c6bf2e21d69fa06daaf19b4cc34b589347',
    'a21c84c6bf2e21d69fa06daaf19b4cc34b589347',
    'public',
  ],
  ['hash_md5', 'd41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e', 'constant'],
  ['hash_md5', '0'.repeat(32), '0'.repeat(32), 'constant'],
  ['url', 'hxxps[:]//EVIL[.]com:443/Path/A?q=B#C', 'https://evil.com/Path/A?q=B#C', 'public'],
  ['url', 'http://evil.com/', 'http://evil.com', 'public'],
  ['url', 'http://bob:s3cret@evil.com:8080/x', 'http://bob:redacted@evil.com:8080/x', 'public'],
  ['url', 'http://[2A00:0::5]:8080/x', 'http://[2a00::5]:8080/x', 'public'],
  ['url', 'http://10.0.0.1/admin', 'http://10.0.0.1/admin', 'private'],
  ['url', 'http://bücher.de/ä', 'http://xn--bcher-kva.de/ä', 'public'],
  ['email', '"A. Badguy" <Bad.Guy@EVIL.com>', 'bad.guy@evil.com', 'public'],
  ['email', 'mailto:bob[at]evil[dot]com', 'bob@evil.com', 'public'],
  ['account', 'CORP\\JDoe', 'corp\\jdoe', 'public'],
  ['account', 'JDoe@Corp.com', 'jdoe@corp.com', 'public'],
  ['account', '.\\Administrator', 'administrator', 'public'],
  ['account', 'NT AUTHORITY\\SYSTEM', 'nt authority\\system', 'builtin'],
  ['account', 'root', 'root', 'builtin'],
];

const malformed: [IndicatorType, string][] = [
  ['ip', '555.1.2.3'],
  ['ip', '010.1.1.1'],
  ['ip', '1.1'],
  ['ip', '10.0.0.0/8'],
  ['ip', '2a00:1450::/32'],
  ['ip', '0f:e9:73:75:20:22:a6:06'.repeat(2)],
  ['domain', 'localhost'],
  ['domain', '1.2.3.4'],
  ['domain', `${'a'.repeat(64)}.com`],
  ['domain', '-evil.com'],
  ['domain', 'evil com'],
  ['hash_sha256', 'a1b2c3d4e5f6...'],
  ['hash_sha256', 'b'.repeat(63)],
  ['hash_md5', 'z'.repeat(32)],
  ['url', 'evil.com/path'],
  ['url', 'javascript:alert(1)'],
  ['url', 'http://evil.com/a b'],
  ['url', `http://evil.com/${'a'.repeat(2_048)}`],
  ['url', `http://evil.com/${'漢'.repeat(700)}`],
  ['email', 'bob@localhost'],
  ['email', `${'b'.repeat(65)}@evil.com`],
  ['account', '-'],
  ['account', 'N/A'],
  ['account', 'CORP\\'],
  ['account', 'a'.repeat(257)],
];

describe('canonicalize', () => {
  test.each(valid)('reads %s %j as %j', (type, written, value, classification) => {
    expect(canonicalize(type, written)).toMatchObject({ ok: true, value, classification });
  });

  test.each(malformed)('refuses %s %j', (type, written) => {
    expect(canonicalize(type, written)).toEqual({ ok: false });
  });

  test('keeps a readable form of what the canonical one hides', () => {
    expect(canonicalize('domain', 'Bücher.de')).toMatchObject({ displayValue: 'bücher.de' });
    expect(canonicalize('account', 'CORP\\JDoe')).toMatchObject({ displayValue: 'CORP\\JDoe' });
    expect(canonicalize('ip', '8.8.8.8')).not.toHaveProperty('displayValue');
  });

  test('keeps the same user name in two realms apart', () => {
    expect(canonicalize('account', 'CORP\\jdoe')).not.toEqual(canonicalize('account', 'LAB\\jdoe'));
  });

  test.each(valid)('changes nothing the second time: %s %j', (type, _written, value) => {
    expect(canonicalize(type, value)).toMatchObject({ ok: true, value });
  });

  test('changes nothing the second time, whatever text it accepts', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.domain(),
      fc.emailAddress(),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.ipV4(),
      fc.ipV6(),
      fc
        .array(
          fc.constantFrom(
            'a',
            '.',
            '[',
            ']',
            '\\',
            '@',
            ' ',
            'com',
            '://',
            'http',
            ':80',
            'ü',
            '-',
          ),
          { maxLength: 12 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...INDICATOR_TYPES), anyText, (type, text) => {
        const once = canonicalize(type, text);
        if (!once.ok) return;
        const twice = canonicalize(type, once.value);
        expect(twice).toMatchObject({
          ok: true,
          value: once.value,
          classification: once.classification,
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('gives every spelling of an address, a name and a hash one value', () => {
    const same = (type: IndicatorType, a: string, b: string) =>
      expect(canonicalize(type, a)).toMatchObject({
        value: (canonicalize(type, b) as { value: string }).value,
      });
    fc.assert(
      fc.property(fc.ipV4(), fc.domain(), fc.ipV6(), (ip, domain, ip6) => {
        same('ip', ip.replaceAll('.', '[.]'), ip);
        same('ip', ip6.toUpperCase(), ip6);
        same('domain', `${domain.toUpperCase()}.`, domain);
        same('domain', domain.replaceAll('.', '[.]'), domain);
      }),
    );
  });
});

import { runAtOnce } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { MAX_LIST_LINE_CHARS, MAX_REASON_CHARS } from './list-entry.js';
import { type ListFormat } from './parse-threat-list.js';
import { readThreatList } from './read-threat-list.js';
import { MAX_PATTERN_CHARS } from './stix-pattern.js';

const md5 = '44d88612fea8a8f36de82e1278abb02f';
const read = (content: unknown, format?: ListFormat) => runAtOnce(readThreatList(content, format));
const placesOf = (content: unknown, format?: ListFormat) =>
  read(content, format).problems.map(({ place }) => place);

describe('readThreatList', () => {
  test('reads plain text: one value per line, comments and blank lines apart', () => {
    const text = `\uFEFF# a list\r\n198.51.100.7\r\n\n10.0.0.0/8 # ours\n${md5}\nhttps://bad.example/x#frag\nbob@bad.example\nBAD[.]example.\n2001:db8::/32\nCVE-2024-3400`;
    expect(read(text)).toEqual({
      format: 'text',
      problems: [],
      entries: [
        { type: 'ip', value: '198.51.100.7' },
        { type: 'ip', value: '10.0.0.0/8' },
        { type: 'hash_md5', value: md5 },
        { type: 'url', value: 'https://bad.example/x#frag' },
        { type: 'email', value: 'bob@bad.example' },
        { type: 'domain', value: 'bad.example' },
        { type: 'ip', value: '2001:db8::/32' },
        { type: 'cve', value: 'CVE-2024-3400' },
      ],
    });
  });

  test('names the lines that it cannot read and keeps the others', () => {
    const long = 'x'.repeat(MAX_LIST_LINE_CHARS + 1);
    const text = ['bad.example', 'two words', 'abcdef', '10.0.0.0/99', long, '1.1.1.1'];
    const { entries, problems } = read(text.join('\n'));
    expect(entries.map(({ value }) => value)).toEqual(['bad.example', '1.1.1.1']);
    expect(problems.map(({ place }) => place)).toEqual(['line 2', 'line 3', 'line 4', 'line 5']);
  });

  test('counts an entry once', () => {
    expect(read('bad.example\nBAD.example').entries).toHaveLength(1);
  });

  test('reads CSV by its header, quotes included', () => {
    const text =
      'Reason,Value,Type\n"said ""so"", twice",jsmith,account\nplain,bad.example,\n,nothing,planet';
    expect(read(text)).toMatchObject({
      format: 'csv',
      entries: [
        { type: 'account', value: 'jsmith', reason: 'said "so", twice' },
        { type: 'domain', value: 'bad.example', reason: 'plain' },
      ],
      problems: [{ place: 'line 4' }],
    });
    expect(read('ioc,comment\n1.1.1.1,seen').entries).toEqual([
      { type: 'ip', value: '1.1.1.1', reason: 'seen' },
    ]);
    expect(placesOf('ip,why\n1.1.1.1,x', 'csv')).toEqual(['line 1']);
  });

  test('reads JSON arrays of values and of objects', () => {
    const items = [
      'bad.example',
      { value: 'jsmith', type: 'account', reason: 'left' },
      7,
      null,
      { type: 'ip' },
    ];
    const expected = {
      format: 'json',
      entries: [
        { type: 'domain', value: 'bad.example' },
        { type: 'account', value: 'jsmith', reason: 'left' },
      ],
      problems: [{ place: '/2' }, { place: '/3' }, { place: '/4' }],
    };
    expect(read(items)).toMatchObject(expected);
    expect(read(JSON.stringify(items))).toMatchObject(expected);
  });

  test.each<[unknown, ListFormat | undefined]>([
    [{ a: 1 }, undefined],
    ['{"a":', undefined],
    [7, undefined],
    [['1.1.1.1'], 'text'],
    ['<html>', 'stix'],
    [{ type: 'bundle' }, 'kev'],
    [{ list: ['.*'], type: 'regex' }, 'misp'],
  ])('refuses %j as %s', (content, format) => {
    const { entries, problems } = read(content, format);
    expect([entries, problems.length]).toEqual([[], 1]);
  });

  test('cuts a long reason', () => {
    const [entry] = read(`value,reason\n1.1.1.1,${'r'.repeat(999)}`).entries;
    expect(entry?.reason).toHaveLength(MAX_REASON_CHARS);
  });

  test('reads a MISP warning list', () => {
    const list = {
      name: 'CDN',
      type: 'cidr',
      version: 1,
      list: ['198.51.100.0/24', '2001:db8::/32'],
    };
    expect(read(list)).toMatchObject({ format: 'misp', entries: [{ type: 'ip' }, { type: 'ip' }] });
    const hosts = { type: 'hostname', list: ['.example.com', 'cdn.example.net'] };
    expect(read(hosts).entries.map(({ value }) => value)).toEqual([
      'example.com',
      'cdn.example.net',
    ]);
  });

  test('reads the catalogue of CISA, as JSON and as CSV', () => {
    const vulnerabilities = [
      {
        cveID: 'CVE-2024-3400',
        vulnerabilityName: 'Command Injection',
        knownRansomwareCampaignUse: 'Known',
      },
      { cveID: 'CVE-1' },
    ];
    expect(read({ catalogVersion: '1', vulnerabilities })).toMatchObject({
      format: 'kev',
      entries: [
        { type: 'cve', value: 'CVE-2024-3400', reason: 'Command Injection, used by ransomware' },
      ],
      problems: [{ place: '/vulnerabilities/1' }],
    });
    const csv = 'cveID,vendorProject,vulnerabilityName\nCVE-2024-3400,Palo Alto,Command Injection';
    expect(read(csv).entries).toEqual([
      { type: 'cve', value: 'CVE-2024-3400', reason: 'Command Injection' },
    ]);
  });
});

describe('a STIX bundle', () => {
  const bundle = (...objects: unknown[]) => ({ type: 'bundle', id: 'bundle--1', objects });
  const indicator = (pattern: string, more: object = {}) => ({
    type: 'indicator',
    name: 'A campaign',
    pattern,
    pattern_type: 'stix',
    ...more,
  });

  test.each([
    ["[ipv4-addr:value = '198.51.100.7']", ['ip 198.51.100.7']],
    ["[ipv4-addr:value ISSUBSET '198.51.100.0/24']", ['ip 198.51.100.0/24']],
    ["[domain-name:value = 'BAD.example']", ['domain bad.example']],
    ["[url:value='https://bad.example/a\\'b']", ["url https://bad.example/a'b"]],
    [`[file:hashes.MD5 = '${md5}']`, [`hash_md5 ${md5}`]],
    [`[file:hashes.'SHA-256' = '${md5}${md5}']`, [`hash_sha256 ${md5}${md5}`]],
    ["[domain-name:value IN ('a.example', 'b.example')]", ['domain a.example', 'domain b.example']],
    [
      "[ipv4-addr:value = '1.1.1.1'] OR [ipv4-addr:value = '1.0.0.1']",
      ['ip 1.1.1.1', 'ip 1.0.0.1'],
    ],
    [
      "([email-addr:value = 'bob@bad.example' OR url:value = 'http://x.example/p'])",
      ['email bob@bad.example', 'url http://x.example/p'],
    ],
  ])('gives the values of %s', (pattern, expected) => {
    const { format, entries, problems } = read(bundle(indicator(pattern)));
    expect([format, problems]).toEqual(['stix', []]);
    expect(entries.map(({ type, value }) => `${type} ${value}`)).toEqual(expected);
    expect(entries[0]).toMatchObject({ reason: 'A campaign' });
  });

  test.each([
    ["[ipv4-addr:value = '1.1.1.1' AND domain-name:value = 'a.example']", 'AND'],
    ["[domain-name:value LIKE '%.example']", 'character'],
    ["[process:name = 'x.exe']", 'process:name'],
    ["[ipv4-addr:value = '999.1.1.1']", 'address'],
    ['', 'nothing'],
    ['['.repeat(MAX_PATTERN_CHARS + 1), 'characters'],
  ])('refuses %s and names it', (pattern, words) => {
    const { entries, problems } = read(bundle({ type: 'identity' }, indicator(pattern)));
    expect(entries).toEqual([]);
    expect(problems).toEqual([
      { place: '/objects/1/pattern', message: expect.stringContaining(words) },
    ]);
  });

  test('leaves out what is revoked or has ended, and other languages', () => {
    const pattern = "[ipv4-addr:value = '1.1.1.1']";
    const objects = [
      indicator(pattern, { revoked: true }),
      indicator(pattern, { valid_until: '2020-01-01T00:00:00Z' }),
      indicator(pattern, { pattern_type: 'sigma' }),
    ];
    const { entries, problems } = read(bundle(...objects));
    expect([entries, problems.map(({ place }) => place)]).toEqual([
      [],
      ['/objects/2/pattern_type'],
    ]);
  });

  test('reads a hostile pattern in linear time', () => {
    const pattern = `[domain-name:value IN (${"'a' ".repeat(2_400)}`;
    const startedAt = performance.now();
    expect(read(bundle(indicator(pattern))).problems).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

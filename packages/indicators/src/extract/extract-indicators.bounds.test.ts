import { type IndicatorMapping, type StatedIndicator } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { extractIndicators } from './extract-indicators.js';
import {
  MAX_WALK_DEPTH,
  MAX_DISTINCT_KEYS,
  MAX_FOUND_PER_TYPE,
  MAX_KEY_CHARACTERS,
  MAX_LEAVES,
  MAX_POINTER_CHARACTERS,
  MAX_TEXT_CHARACTERS,
} from '../values/limits.js';
import { compileMappings } from './mappings.js';

const extract = (
  rawPayload: unknown,
  {
    statedIndicators = [],
    mappings = [],
  }: { statedIndicators?: StatedIndicator[]; mappings?: IndicatorMapping[] } = {},
) =>
  extractIndicators({
    sourceName: 'generic',
    title: '',
    rawPayload,
    statedIndicators,
    normalizedFields: {},
    mappings: compileMappings(mappings),
  }).indicators;

/** Each drives another scanner or pattern to its worst: repeated to fill 1 MiB over four fields. */
const hostile = [
  'a.', 'a@', `${'A'.repeat(63)}@`, '@', ' @ ', ' . ', 'http://', 'http://a.com/', 'http://a/((((', 'http://a.b;', 'http://a.com/;x&&', '&amp;', '&&', '\\=', 'http://a/[[[[', '://',
  '[.]', 'a[.', '].', '{}.', '](.', '(at)', '[at]', 'a-dot-b ', ' DOT ', 'h**p', 'hxxp:', 'hxxp://a[.]b[.]com/x ', 'a^.b', '\\.', 'a\\',
  '1.2.3.', '1.2.3.4 ', '1.2.3.0-1.2.3.255 ', '2001:db8::/32 ', '1:', '::', 'fe80::1 ', '1:2:3:4:5:6:7:8 ', '1-', '00:1A:2B:3C:4D:5E ',
  'a.com ', 'a.zz ', 'AB.CD ', 'xn--a.com ', 'a.b.c.d.e.f.g.h ', '访问evil.com的', 'é.é', '中a', 'a中.', 'references:<a@b.co>', '。', 'a@b.co ', `${'0123456789abcdef'.repeat(2)} `,
  'user=', 'user: ', 'user user\\', 'account name: x ', 'user=Ab Cd ', 'user : ', 'user:** ', "user 'a", 'failed password for invalid user a ', 'by a\\b ', 'NT AUTHORITY\\', 'version ', 'a/1.1.1.1 ', 'Mozilla/5.0 (', 'Mozilla/5.0 a/1 ',
  'a).b', 'a(.com', 'a[ . ]b', '[[[[.', '.))))', '\\\\.', ' . com', '[dot', '/]', '%3a%2f%2f', 'http%3a%2f%2fa.com%2f', 'http://a.com](', "http://a'b", 'http://a/{a',
  ',http://a.com/b', 'imphash\n', '-----BEGIN ', 'a.user.name ', 'https://virustotal.com/a.com/', '<style>a.b</style>',
  '<a ', '<', '>', '<Data Name="a">x</Data>', '{"a":', '"', "'", '\\', '\u0000', '\ud800', '\u200b', 'a\u200b.', '\n', ' ', '\t ', 'a', '0', '_', '-', '%', '=', '/', ':',
]; // prettier-ignore

/** Twenty times what an idle core takes, so that only growth out of bounds fails. */
const GENEROUS_MS = 4_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive, after as many collections as the shape of an object outlives its last object. */
function heldBytes(): number {
  for (let times = 0; times < 5; times += 1) collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('extractIndicators bounds its work', () => {
  test.each(hostile)('on 1 MiB of %j', (unit) => {
    const text = unit
      .repeat(Math.ceil(MAX_TEXT_CHARACTERS / unit.length))
      .slice(0, MAX_TEXT_CHARACTERS - 1);
    const started = process.cpuUsage();
    extract({ message: `${text}1`, description: `${text}2`, output: `${text}3`, _raw: `${text}4` });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(GENEROUS_MS);
  });

  test('on values that are all different', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) =>
        `a${index}.com b${index}@c.de 9.9.${index >> 8}.${index & 255} http://d${index}.net/x`,
    );
    expect(extract({ message: lines.join('\n') }).length).toBeLessThanOrEqual(500);
  });

  test('on a flood of keys', () => {
    const payload = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 'a.b']),
    );
    const started = process.cpuUsage();
    extract(payload);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(GENEROUS_MS);
  });

  const addresses = Array.from(
    { length: 20_000 },
    (_, index) => `185.10.${(index >> 8) % 10}.${index & 255}`,
  );

  test('keeps little of one long key, however many values stand under it', () => {
    const key = 'k'.repeat(500_000);
    const started = process.cpuUsage();
    const found = extract({ [key]: { [`${key}_src_ip`]: addresses } });
    const mapped = extract(
      { [key]: addresses },
      { mappings: [{ id: 'm', pass: 'custom', path: '*', indicatorType: 'ip' }] },
    );
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(GENEROUS_MS);
    expect(found).toHaveLength(MAX_FOUND_PER_TYPE);
    for (const { provenance } of [...found, ...mapped]) {
      for (const { pointer, extractor = '' } of provenance) {
        expect(pointer).toBe('/~…');
        expect(extractor.length).toBeLessThanOrEqual('key:'.length + MAX_KEY_CHARACTERS);
      }
    }
  });

  test('keeps little of many keys, however many values stand under them', () => {
    const key = 'a.'.repeat(MAX_KEY_CHARACTERS / 2 - 1);
    let payload: unknown = addresses.map(() => '185.10.20.30');
    for (let level = 2; level < MAX_WALK_DEPTH; level += 1)
      payload = { [`${key}${level}`]: payload };
    const started = process.cpuUsage();
    const [indicator] = extract(payload);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(GENEROUS_MS / 2);
    expect(indicator?.provenance[0]?.pointer.length).toBeLessThan(MAX_POINTER_CHARACTERS + 4);
  });

  test('finds what stands beside a stated value where no pointer tells the two apart', () => {
    const key = 'k'.repeat(MAX_POINTER_CHARACTERS);
    const statedIndicators = [{ type: 'ip' as const, value: '185.10.20.30', pointer: '/~…' }];
    const indicators = extract(
      { [key]: { src_ip: '185.10.20.30', dst_ip: '185.10.20.31' } },
      { statedIndicators },
    );
    expect(indicators.map(({ value }) => value)).toEqual(['185.10.20.30', '185.10.20.31']);
  });

  test('holds on to no payload by its keys', () => {
    const before = heldBytes();
    for (let index = 0; index < 100; index += 1) {
      const key = `${'x'.repeat(1_000_000)}the_very_long_name_of_source_${index}_ip`;
      extract(JSON.parse(`{"${key}":"185.10.20.30"}`));
    }
    expect(heldBytes() - before).toBeLessThan(20_000_000);
  });

  test('asks about so many different keys, and no more', () => {
    const after = (count: number) => {
      const keys = Array.from({ length: count }, (_, index) => [`k${index}`, 1] as const);
      return extract([Object.fromEntries(keys), { user: 'jdoe' }]);
    };
    expect(after(2 * MAX_DISTINCT_KEYS - 1)).toHaveLength(1);
    expect(after(2 * MAX_DISTINCT_KEYS)).toHaveLength(0);
  });

  test('reads a string up to its limit, and no further', () => {
    const at = (offset: number) => extract({ message: `${' '.repeat(offset)}185.10.20.30` });
    expect(at(MAX_TEXT_CHARACTERS - 12)).toHaveLength(1);
    expect(at(MAX_TEXT_CHARACTERS + 1)).toHaveLength(0);
  });

  test('goes down to its depth, and no further', () => {
    const nested = (depth: number) => {
      let node: unknown = { src_ip: '185.10.20.30' };
      for (let level = 1; level < depth; level += 1) node = { a: node };
      return extract(node);
    };
    expect(nested(MAX_WALK_DEPTH)).toHaveLength(1);
    expect(nested(MAX_WALK_DEPTH + 1)).toHaveLength(0);
    expect(nested(20_000)).toHaveLength(0);
  });

  test('reads so many leaves, and no more', () => {
    const payload = (before: number) => ({
      list: Array.from({ length: before }, () => 1),
      src_ip: '185.10.20.30',
    });
    expect(extract(payload(MAX_LEAVES - 1))).toHaveLength(1);
    expect(extract(payload(MAX_LEAVES))).toHaveLength(0);
  });

  test('unwraps JSON in strings so often, and no more', () => {
    const wrapped = (times: number) => {
      let text = JSON.stringify({ src_ip: '185.10.20.30', sha256: 'x' });
      for (let level = 1; level < times; level += 1) text = JSON.stringify({ a: text });
      return extract({ a: text }).map(({ provenance }) => provenance[0]?.pass);
    };
    expect(wrapped(3)).toEqual(['field']);
    expect(wrapped(4)).not.toEqual(['field']);
  });
});

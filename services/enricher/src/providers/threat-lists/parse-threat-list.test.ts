import { describe, expect, test } from '@jest/globals';
import { MAX_LIST_LINE_CHARS, MAX_REASON_CHARS, parseThreatList } from './parse-threat-list.js';

const md5 = '44d88612fea8a8f36de82e1278abb02f';

describe('parseThreatList', () => {
  test('reads plain text: one value per line, comments and blank lines apart', () => {
    const text = `\uFEFF# a list\r\n198.51.100.7\r\n\n10.0.0.0/8 # ours\n${md5}\nhttps://bad.example/x#frag\nbob@bad.example\nbad.example\n2001:db8::/32`;
    expect(parseThreatList(text, 'txt')).toEqual({
      badLines: [],
      entries: [
        { type: 'ip', value: '198.51.100.7' },
        { type: 'ip', value: '10.0.0.0/8' },
        { type: 'hash_md5', value: md5 },
        { type: 'url', value: 'https://bad.example/x#frag' },
        { type: 'email', value: 'bob@bad.example' },
        { type: 'domain', value: 'bad.example' },
        { type: 'ip', value: '2001:db8::/32' },
      ],
    });
  });

  test('names the lines that it cannot read and keeps the others', () => {
    const text = [
      'bad.example',
      'two words',
      'abcdef',
      '10.0.0.0/99',
      'x'.repeat(MAX_LIST_LINE_CHARS + 1),
      '1.1.1.1',
    ];
    expect(parseThreatList(text.join('\n'), 'txt')).toEqual({
      entries: [
        { type: 'domain', value: 'bad.example' },
        { type: 'ip', value: '1.1.1.1' },
      ],
      badLines: [2, 3, 4, 5],
    });
  });

  test('reads CSV by its header, quotes included', () => {
    const text =
      'Reason,Value,Type\n"said ""so"", twice",jsmith,account\nplain,bad.example,\n,nothing,planet';
    expect(parseThreatList(text, 'csv')).toEqual({
      entries: [
        { type: 'account', value: 'jsmith', reason: 'said "so", twice' },
        { type: 'domain', value: 'bad.example', reason: 'plain' },
      ],
      badLines: [4],
    });
  });

  test('refuses a CSV whose header names no value', () => {
    expect(parseThreatList('ip,why\n1.1.1.1,x', 'csv')).toEqual({ entries: [], badLines: [1] });
  });

  test('reads JSON arrays of values and of objects', () => {
    const items = [
      'bad.example',
      { value: 'jsmith', type: 'account', reason: 'left' },
      7,
      null,
      { type: 'ip' },
    ];
    expect(parseThreatList(JSON.stringify(items), 'json')).toEqual({
      entries: [
        { type: 'domain', value: 'bad.example' },
        { type: 'account', value: 'jsmith', reason: 'left' },
      ],
      badLines: [3, 4, 5],
    });
  });

  test.each(['{"a":1}', 'not json', ''])('refuses JSON that is no array: %s', (text) => {
    expect(parseThreatList(text, 'json')).toEqual({ entries: [], badLines: [1] });
  });

  test('cuts a long reason', () => {
    const [entry] = parseThreatList(`value,reason\n1.1.1.1,${'r'.repeat(999)}`, 'csv').entries;
    expect(entry?.reason).toHaveLength(MAX_REASON_CHARS);
  });
});

import { type IndicatorType, runAtOnce } from '@calseta/common';
import { readThreatList } from '@calseta/indicators';
import { describe, expect, test } from '@jest/globals';
import { indexThreatLists } from './threat-list-index.js';

const entriesOf = (text: string) => runAtOnce(readThreatList(text, 'text')).entries;

const index = indexThreatLists([
  {
    name: 'bad',
    verdict: 'deny',
    entries: entriesOf(
      '198.51.100.0/24\nbad.example\nhttps://ok.example/evil\n203.0.113.9\nx.share.example',
    ),
  },
  {
    name: 'good',
    verdict: 'allow',
    entries: entriesOf('198.51.100.7\nfine.bad.example\nshare.example\n203.0.113.9'),
  },
]);

describe('indexThreatLists', () => {
  test.each<[string, IndicatorType, string, string[]]>([
    ['an address inside a network', 'ip', '198.51.100.8', ['deny']],
    ['an exact address before its network', 'ip', '198.51.100.7', ['allow', 'deny']],
    ['an allowed value first', 'ip', '203.0.113.9', ['allow', 'deny']],
    [
      'an allowed domain before a more specific denied one',
      'domain',
      'x.share.example',
      ['allow', 'deny'],
    ],
    ['an address outside', 'ip', '198.51.101.8', []],
    ['a domain itself', 'domain', 'bad.example', ['deny']],
    ['a domain below', 'domain', 'a.b.bad.example', ['deny']],
    ['a more specific allow below a deny', 'domain', 'x.fine.bad.example', ['allow', 'deny']],
    ['no match by mere suffix', 'domain', 'notbad.example', []],
    ['a listed URL', 'url', 'https://ok.example/evil', ['deny']],
    ['another URL of that host', 'url', 'https://ok.example/good', []],
    ['a URL on a denied host', 'url', 'https://www.bad.example:8443/x', ['deny']],
    ['a URL on a denied address', 'url', 'http://198.51.100.8/x', ['deny']],
    ['a URL on an exact denied address', 'url', 'http://203.0.113.9/x', ['deny']],
    ['a URL on an allowed host is not vouched for', 'url', 'https://share.example/x', []],
    ['an e-mail of a denied domain', 'email', 'bob@bad.example', ['deny']],
    ['a URL that cannot be read', 'url', 'http://[', []],
  ])('finds %s', (_name, type, value, expected) => {
    expect(index.find(type, value).map(({ verdict }) => verdict)).toEqual(expected);
  });

  test('says which entry of which list matched', () => {
    expect(index.find('domain', 'a.bad.example')).toEqual([
      { list: 'bad', verdict: 'deny', entry: 'bad.example' },
    ]);
  });
});

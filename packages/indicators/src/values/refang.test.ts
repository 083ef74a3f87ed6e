import { describe, expect, test } from '@jest/globals';
import { refang } from './refang.js';

describe('refang', () => {
  test.each([
    ['hxxp://bad.site.com/a', 'http://bad.site.com/a'],
    ['hXXps://bad.site.com', 'https://bad.site.com'],
    ['h**p://bad.site.com', 'http://bad.site.com'],
    ['https[:]//bad[.]site[.]com[/]a', 'https://bad.site.com/a'],
    ['http[://]bad.site.com', 'http://bad.site.com'],
    ['[https]://bad.site.com', 'https://bad.site.com'],
    ['http:\\\\bad.site.com', 'http://bad.site.com'],
    ['bad(.)site{.}com', 'bad.site.com'],
    ['bad[.site[.com', 'bad.site.com'],
    ['bad].[site].[com', 'bad.site.com'],
    ['bad[dot]site (DOT) com', 'bad.site.com'],
    ['bad-dot-com', 'bad.com'],
    ['bad\\.site\\.com', 'bad.site.com'],
    ['bad^.com', 'bad.com'],
    ['bad[-]site.com', 'bad-site.com'],
    ['bob[at]site[.]com', 'bob@site.com'],
    ['bob (at) site.com', 'bob@site.com'],
    ['bob @ site.com', 'bob@site.com'],
  ])('reads %j as %j', (defanged, plain) => {
    expect(refang(defanged)).toBe(plain);
  });

  test.each([
    'list[0].name and call(x).then',
    'look at example. Dot your eyes at home.',
    'news.ycombinator.com AT night',
    'hxxpfoo',
    'meet friends @ noon',
    '{"a": [1, 2], "b": {"c": "d.e"}}',
  ])('leaves %j alone', (text) => {
    expect(refang(text)).toBe(text);
  });
});

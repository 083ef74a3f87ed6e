import { expect, test } from '@jest/globals';
import { listedValues } from './listed-values.js';

test.each<[text: string, expected: string[] | undefined]>([
  ['bob,alice', ['bob', 'alice']],
  ['CORP\\bob; CORP\\alice', ['CORP\\bob', 'CORP\\alice']],
  ['badsite.net|185.10.20.30', ['badsite.net', '185.10.20.30']],
  ['http://a.net/x,http://b.net/y', ['http://a.net/x', 'http://b.net/y']],
  ['http://a.net/x,index.html', undefined],
  ['Doe,Jane', undefined],
  ['Müller, Jörg', undefined],
  ['CN=jdoe,OU=staff', undefined],
  ['hello, this is text', undefined],
  ['bob', undefined],
  ['bob,', undefined],
])('%s', (text, expected) => {
  expect(listedValues(text)).toEqual(expected);
});

import { expect, test } from '@jest/globals';
import { forbiddenUrls, spell } from './spellings.js';

/** As the WHATWG URL standard reads them, and therefore all code that uses Node's URL. */
const read = (host: string): string => new URL(`http://${host}/`).hostname;

test('the spellings of an IPv4 address that a URL reads as that address', () => {
  const read4 = spell('127.0.0.2').filter((host) => read(host) === '127.0.0.2');
  expect(read4.length).toBeGreaterThanOrEqual(15);
  expect(read('2130706434')).toBe('127.0.0.2');
});

test('no two forbidden URLs are the same, and each names its path where it can', () => {
  const urls = forbiddenUrls(1_234, '/forbidden');
  expect(new Set(urls.map(({ url }) => url)).size).toBe(urls.length);
  expect(urls.every(({ url }) => url.includes('/forbidden'))).toBe(true);
});

test('only those that lead to this machine count as loopback', () => {
  const elsewhere = forbiddenUrls(1, '/').filter(({ isLoopback }) => !isLoopback);
  expect(elsewhere.some(({ url }) => url.includes('127.0.0.'))).toBe(false);
});

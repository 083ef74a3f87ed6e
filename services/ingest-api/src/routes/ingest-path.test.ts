import { expect, test } from '@jest/globals';
import { readIngestPath } from './ingest-path.js';

test.each([
  ['/v1/ingest/generic', { sourceName: 'generic' }],
  ['/v1/ingest/generic/?x=%', { sourceName: 'generic' }],
  ['/v1/ingest/a%20b/token', { sourceName: 'a b', urlToken: 'token' }],
])('%s is read', (url, read) => {
  expect(readIngestPath(url)).toMatchObject(read);
});

test.each([
  ['/v1/ingest', 'route.not_found'],
  ['/v1/ingest/a/b/c', 'route.not_found'],
  ['/v1/ingest/%ff', 'request.malformed'],
  // Without its token it would be another path.
  ['/v1/ingest/generic/%zz', 'request.malformed'],
])('%s is refused with %s', (url, code) => {
  expect(() => readIngestPath(url)).toThrow(expect.objectContaining({ code }));
});

import { expect, test } from '@jest/globals';
import { areaOf } from './profile-area.js';
import { selfTimeByArea, selfTimeByFunction } from './profile-summary.js';

const frame = (functionName: string, url = '', lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
});

const PROFILE = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('read', 'file:///x/packages/platform/dist/read.js', 9) },
    { id: 3, callFrame: frame('', 'file:///x/node_modules/pg/lib/query.js', 4) },
    { id: 4, callFrame: frame('write', 'file:///x/packages/platform/dist/http/write.js', 1) },
  ],
  samples: [1, 2, 3, 2, 4],
  timeDeltas: [700, 100, 100, 100, 100],
};

test('shares out the busy time by function, with idling left out', () => {
  expect(selfTimeByFunction(PROFILE)).toEqual([
    { name: 'read packages/platform/dist/read.js:10', share: 0.5 },
    { name: '(anonymous) pg/lib/query.js:5', share: 0.25 },
    { name: 'write packages/platform/dist/http/write.js:2', share: 0.25 },
  ]);
});

test('shares it out by area', () => {
  expect(selfTimeByArea(PROFILE)).toEqual([
    { name: '@calseta/platform', share: 0.75 },
    { name: 'pg', share: 0.25 },
  ]);
});

test.each([
  ['', 'parse', 'native'],
  ['', '(garbage collector)', '(garbage collector)'],
  ['node:net', 'writeGeneric', 'node:net'],
  ['node:_http_outgoing', 'end', 'node:http'],
  ['node:internal/streams/writable', '_write', 'node:internal/streams'],
  ['file:///x/node_modules/.pnpm/pg@8/node_modules/pg/lib/query.js', 'a', 'pg'],
  [
    'file:///x/node_modules/.pnpm/p/node_modules/@prisma/adapter-pg/dist/a.js',
    'a',
    '@prisma/adapter-pg',
  ],
  ['file:///x/services/ingest-api/dist/body/parse.js', 'a', '@calseta/ingest-api'],
  ['file:///x/bench/dist/tools/service-host.js', 'a', '@calseta/bench'],
  ['evalmachine.<anonymous>', 'a', 'other'],
])('%s %s belongs to %s', (url, functionName, area) => {
  expect(areaOf({ url, functionName, lineNumber: 0 })).toBe(area);
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryRequest, encode } from './arbitrary-request.js';
import { parseDescription } from './read-description.js';
import { createKnownRows, identifyingFields } from './known-rows.js';
import { toCall } from './to-call.js';

const description = parseDescription(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
);
const operationOf = (method: string, path: string) => {
  const found = description.operations.find((one) => one.method === method && one.path === path);
  if (!found) throw new Error(`${method} ${path} is not declared.`);
  return found;
};

describe('arbitraryRequest', () => {
  test.each(description.operations.map((one) => [one.method, one.path, one] as const))(
    'draws requests of %s %s that can be sent',
    (_, __, operation) => {
      const rows = createKnownRows(new Map(), []);
      for (const drawn of fc.sample(arbitraryRequest(operation, description), { seed: 1, numRuns: 10 })) {
        const { path } = toCall(drawn, rows, undefined);
        expect(path).toMatch(/^\/v1\/[\x21-\x7e]+$/);
        expect(path).not.toContain('{');
      }
    },
  ); // prettier-ignore

  test('draws valid, wrong and hostile requests of a route', () => {
    const operation = operationOf('PATCH', '/v1/agents/{uuid}');
    const drawn = fc.sample(arbitraryRequest(operation, description), { seed: 1, numRuns: 300 });
    const shareOf = (isOne: (request: (typeof drawn)[number]) => boolean) =>
      drawn.filter(isOne).length;
    expect(shareOf(({ method }) => method === 'PATCH')).toBeGreaterThan(200);
    expect(shareOf(({ method }) => method !== 'PATCH')).toBeGreaterThan(5);
    expect(shareOf(({ holder }) => holder !== 'admin')).toBeGreaterThan(5);
    expect(shareOf(({ query }) => query.length > 0)).toBeGreaterThan(5);
    expect(shareOf(({ body }) => body?.type !== 'application/json')).toBeGreaterThan(5);
  });
});

test('rows of answers fill paths and references; a spared one is never named', () => {
  const paths = description.operations.map(({ path }) => path);
  const rows = createKnownRows(identifyingFields(paths), ['spared']);
  rows.learn('/v1/agents', [{ uuid: 'one' }, { uuid: 'spared' }]);
  rows.learn('/v1/sources/x/url-tokens', { id: 'token' });
  expect([0, 1].map((index) => rows.pick('agents', index))).toEqual(['one', 'one']);
  expect(rows.pick('url-tokens', 3)).toBe('token');
  expect(rows.pick('mutes', 0)).toBeUndefined();
  expect(rows.refer({ agent_uuid: '0f', of: [{ agent_uuids: ['0f', 'f0'] }], name: '0f' })).toEqual({
    agent_uuid: 'one',
    of: [{ agent_uuids: ['one', 'f0'] }],
    name: '0f',
  }); // prettier-ignore
});

test.each([
  ['a b/ü', 'a%20b%2F%C3%BC'],
  ['\ud800', '%ED%a0%80'],
  [['a', 'b'], 'a%2Cb'],
  [undefined, ''],
  [1.5, '1.5'],
])('%j is encoded as %s', (value, text) => {
  expect(encode(value)).toBe(text);
});

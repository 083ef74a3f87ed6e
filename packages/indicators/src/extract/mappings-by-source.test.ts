import { expect, test } from '@jest/globals';
import { mappingsBySource } from './mappings-by-source.js';

const of = (id: string, sourceName: string | null, pass: 'custom' | 'system' = 'custom') => ({
  id,
  sourceName,
  pass,
  path: id,
  indicatorType: 'ip' as const,
});

test('a source has its own mappings and those of every source, in their order, compiled once', () => {
  const bySource = mappingsBySource([
    of('system', null, 'system'),
    of('first', 'splunk'),
    of('all', null),
    of('other', 'okta'),
    of('last', 'splunk'),
  ]);
  const idsOf = (source: string) => bySource(source).custom.map(({ id }) => id);
  expect(idsOf('splunk')).toEqual(['first', 'all', 'last']);
  expect(idsOf('okta')).toEqual(['all', 'other']);
  expect(idsOf('generic')).toEqual(['all']);
  expect(bySource('okta').system.map(({ id }) => id)).toEqual(['system']);
  expect(bySource('splunk')).toBe(bySource('splunk'));
  expect(bySource('elastic')).toBe(bySource('generic'));
});

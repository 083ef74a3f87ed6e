import { describe, expect, it } from '@jest/globals';
import { extractFields, MAX_FACT_CHARACTERS } from './extract-fields.js';
import { DEFAULT_LIST_ENTRIES, type FieldDefinition } from './field-schema.js';

const INDICATOR = { type: 'ip' as const, value: '198.51.100.7' };
const BODY = {
  stats: { bad: '3', good: 10, none: null },
  larted: 'true',
  org: 'AS64500 Example Net',
  tags: ['a', 'b', 'a', null],
  engines: {
    One: { name: 'One', verdict: 'bad', score: 10 },
    Two: { name: 'Two', verdict: 'good', score: '40' },
  },
  hits: [
    { ioc: '198.51.100.7:443', family: null, tags: ['x'] },
    { ioc: '198.51.100.70:80', family: 'Other', tags: ['y'] },
    { ioc: '198.51.100.7:8080', family: 'Mine', tags: ['x', 'z'] },
  ],
  nothing: [],
  categories: { vendor: 'phishing', nested: { a: 1 } },
  '@odata.type': '#x.y',
};

const factOf = (field: Omit<FieldDefinition, 'name'>) =>
  extractFields([{ name: 'fact', ...field }], { lookup: BODY }, INDICATOR)['fact'];

describe('a field', () => {
  it.each<[string, Omit<FieldDefinition, 'name'>, unknown]>([
    ['a value', { path: 'stats.good' }, 10],
    ['a number in a text', { path: 'stats.bad', as: 'number' }, 3],
    ['a boolean in a text', { path: 'larted', as: 'boolean' }, true],
    ['nothing where null stands', { path: 'stats.none' }, undefined],
    ['nothing where a text is no number', { path: 'org', as: 'number' }, undefined],
    ['the first path that leads anywhere', { path: ['missing', 'stats.none', 'stats.good'] }, 10],
    ['the sum over paths', { path: ['stats.good', 'stats.bad', 'stats.none'], take: 'sum' }, 13],
    ['the largest', { path: 'engines.*.score', take: 'max' }, 40],
    ['the smallest', { path: 'engines.*.score', take: 'min' }, 10],
    ['a list without null', { path: 'tags', take: 'all' }, ['a', 'b', 'a']],
    ['each entry once', { path: 'tags', take: 'all', distinct: true }, ['a', 'b']],
    ['as many as wanted', { path: 'tags', take: 'all', limit: 1 }, ['a']],
    ['an empty list', { path: 'nothing', take: 'all' }, []],
    ['how many there are', { path: 'hits', take: 'count' }, 3],
    ['none in an empty list', { path: 'nothing', take: 'count' }, 0],
    ['nothing to count in', { path: 'missing', take: 'count' }, undefined],
    ['an object of scalars', { path: 'categories', take: 'object' }, { vendor: 'phishing' }],
    ['a key with a dot', { path: '@odata.type' }, '#x.y'],
    ['the text before a mark', { path: 'org', cut: { at: ' ', keep: 'before' } }, 'AS64500'],
    ['the text behind a mark', { path: 'org', cut: { at: ' ', keep: 'after' } }, 'Example Net'],
  ])('reads %s', (_, field, expected) => {
    expect(factOf(field)).toEqual(expected);
  });

  it('keeps the entries that a rule holds for, and leads on from each', () => {
    const bad = { all: [{ field: 'verdict', op: 'eq' as const, value: 'bad' }] };
    expect(factOf({ path: 'engines.*', where: bad, select: 'name', take: 'all' })).toEqual(['One']);
    const mine = {
      any: [{ field: 'ioc', op: 'starts_with' as const, value: '{{ indicator.value }}:' }],
    };
    expect(
      factOf({ path: 'hits', where: mine, select: 'tags', take: 'all', distinct: true }),
    ).toEqual(['x', 'z']);
    expect(factOf({ path: 'hits', where: mine, take: 'count' })).toBe(2);
    expect(factOf({ path: 'hits', where: mine, select: 'family' })).toBe('Mine');
  });

  it('is left out for other types of indicators, and without the answer of its step', () => {
    expect(factOf({ path: 'stats.good', indicator_types: ['url'] })).toBeUndefined();
    expect(factOf({ path: 'stats.good', step: 'other' })).toBeUndefined();
  });

  it('keeps no more than its bounds', () => {
    const long = {
      text: 'x'.repeat(2_000),
      list: Array.from({ length: 500 }, (_, index) => index),
    };
    const facts = extractFields(
      [
        { name: 'text', path: 'text' },
        { name: 'list', path: 'list', take: 'all' },
      ],
      { lookup: long },
      INDICATOR,
    );
    expect(facts['text']).toHaveLength(MAX_FACT_CHARACTERS);
    expect(facts['list']).toHaveLength(DEFAULT_LIST_ENTRIES);
  });
});

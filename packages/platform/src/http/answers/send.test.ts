import { expect, test } from '@jest/globals';
import { toNeutralJson } from './send.js';

test('a body without hidden characters is written as it is', () => {
  const bodies = [
    { data: { a: 1 }, meta: {} },
    { data: [], meta: { next_cursor: null } },
    { a: 'b' },
  ];
  for (const body of bodies) expect(toNeutralJson(body)).toBe(JSON.stringify(body));
});

test('hidden characters of data are shown and counted in meta, beside what is there', () => {
  const body = { data: { 'k\u200b': 'v\u202e' }, meta: { next_cursor: 'c\u200b' } };
  expect(JSON.parse(toNeutralJson(body))).toEqual({
    data: { 'k\\u{200b}': 'v\\u{202e}' },
    meta: { next_cursor: 'c\\u{200b}', made_visible_count: 2 },
  });
});

test.each([{ detail: 'x\u202e' }, { data: 'x\u202e' }, { data: 'x\u202e', meta: null }])(
  'what is no envelope is made neutral: %j',
  (body) => {
    expect(JSON.parse(toNeutralJson(body))).toEqual(
      JSON.parse(JSON.stringify(body).replace('\u202e', String.raw`\\u{202e}`)),
    );
  },
);

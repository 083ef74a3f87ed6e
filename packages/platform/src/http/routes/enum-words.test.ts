import { listParameter } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { withEnumWords } from './enum-words.js';

const level = z.enum(['High', 'Low']);
const shape = {
  least: level.optional(),
  levels: listParameter(level).optional().describe('One or several'),
  sort: z.enum(['-received_at', '-occurred_at']).default('-received_at'),
  isMuted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  name: listParameter(z.string()).optional(),
};
const schema = z.strictObject(shape);

test.each([
  ['one word', { least: 'high' }, { least: 'High' }],
  ['a list', { levels: 'LOW, high' }, { levels: ['Low', 'High'] }],
  ['a repeated parameter', { levels: ['hIgh', 'Low'] }, { levels: ['High', 'Low'] }],
  ['a word with a sign', { sort: '-Occurred_At' }, { sort: '-occurred_at' }],
  ['a truth value', { isMuted: 'TRUE' }, { isMuted: true }],
  ['other text', { name: 'high,LOW' }, { name: ['high', 'LOW'] }],
])('reads %s in any letter case', (_, query, expected) => {
  expect(schema.parse(withEnumWords(schema, query))).toEqual({ sort: '-received_at', ...expected });
});

test.each([{ least: 'higher' }, { least: 'high,low' }, { levels: 'high,huge' }, { least: '' }])(
  'leaves %j to be refused',
  (query) => {
    expect(schema.safeParse(withEnumWords(schema, query)).success).toBe(false);
  },
);

test('looks into an object that is transformed once it is parsed', () => {
  const transformed = z.object(shape).transform(({ least }) => least);
  expect(transformed.parse(withEnumWords(transformed, { least: 'LOW' }))).toBe('Low');
});

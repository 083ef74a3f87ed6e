import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { parseWords } from './body-words.js';

const level = z.enum(['High', 'Low']);
const schema = z.strictObject({
  level: level.optional(),
  levels: z.array(level).optional(),
  nested: z.record(z.string(), z.object({ level: level.nullable() })).optional(),
  note: z.string().optional(),
  step: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('wait'), level }),
      z.object({ kind: z.literal('call'), name: z.string() }),
    ])
    .optional(),
  either: z.union([z.number(), level]).optional(),
});
const parse = (value: unknown) => parseWords(schema, value);

describe('parseWords', () => {
  test.each([
    ['a field', { level: 'high' }, { level: 'High' }],
    ['a list', { levels: ['LOW', 'High', 'hIgh'] }, { levels: ['Low', 'High', 'High'] }],
    [
      'deep inside',
      { nested: { a: { level: 'low' }, b: { level: null } } },
      { nested: { a: { level: 'Low' }, b: { level: null } } },
    ],
    ['an alternative', { either: 'LOW' }, { either: 'Low' }],
    [
      'what stands in an alternative',
      { step: { kind: 'wait', level: 'low' } },
      { step: { kind: 'wait', level: 'Low' } },
    ],
    [
      'a word that chooses the alternative',
      { step: { kind: 'WAIT', level: 'low' } },
      { step: { kind: 'wait', level: 'Low' } },
    ],
    ['no other text', { level: 'High', note: 'high' }, { level: 'High', note: 'high' }],
  ])('corrects %s', (_, value, expected) => {
    expect(parse(value)).toEqual({ success: true, data: expected });
  });

  test('does not change what was sent', () => {
    const sent = { levels: ['low'], nested: { a: { level: 'high' } } };
    parse(sent);
    expect(sent).toEqual({ levels: ['low'], nested: { a: { level: 'high' } } });
  });

  test.each([
    [{ level: 'higher' }, ['level']],
    [{ level: 'high', extra: 1 }, []],
    [{ levels: ['low', 'huge'] }, ['levels', 1]],
    [{ level: ' high' }, ['level']],
    [{ level: 1 }, ['level']],
  ])('leaves %j to be refused, for what is wrong besides', (value, path) => {
    const { error } = parse(value);
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

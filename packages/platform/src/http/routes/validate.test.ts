import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { toIssues } from './validate.js';

const leaf = z.strictObject({ field: z.string(), op: z.enum(['eq', 'ne']) });
const schema = z.object({
  clauses: z.array(z.xor([leaf, z.strictObject({ all: z.array(leaf).optional() })])),
  either: z.union([z.string(), z.array(z.string())]).optional(),
});

const issuesOf = (value: unknown) => {
  const { error } = schema.safeParse(value);
  return error && toIssues(error);
};

test('says of alternatives what is wrong by the one that fits best', () => {
  expect(
    issuesOf({ clauses: [{ field: 'a', op: 'like' }, { all: [{ field: 1, op: 'eq' }] }] }),
  ).toEqual([
    { pointer: '/clauses/0/op', message: expect.stringContaining('eq') },
    { pointer: '/clauses/1/all/0/field', message: expect.stringContaining('string') },
  ]);
});

test('keeps the general message where no alternative fits better', () => {
  expect(issuesOf({ clauses: [], either: 1 })).toEqual([
    { pointer: '/either', message: 'Invalid input' },
  ]);
});

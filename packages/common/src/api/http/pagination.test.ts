import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import { decodeCursor, encodeCursor, listParameter, pageQuerySchema } from './pagination.js';

const positionSchema = z.tuple([z.iso.datetime(), z.string()]);

describe('pageQuerySchema', () => {
  test('takes 50 items and no total by default', () => {
    expect(pageQuerySchema.parse({})).toEqual({ page_size: 50, include_total: false });
  });

  test.each(['1', '500'])('accepts a page of %s', (page_size) => {
    expect(pageQuerySchema.parse({ page_size }).page_size).toBe(Number(page_size));
  });

  test.each(['0', '501', '-1', '1.5', 'many', '', ['1', '2']])(
    'refuses a page of %j',
    (page_size) => {
      expect(pageQuerySchema.safeParse({ page_size }).success).toBe(false);
    },
  );

  test('reads include_total as a word', () => {
    expect(pageQuerySchema.parse({ include_total: 'true' }).include_total).toBe(true);
    expect(pageQuerySchema.safeParse({ include_total: 'perhaps' }).success).toBe(false);
  });
});

describe('listParameter', () => {
  const schema = listParameter(z.enum(['a', 'b']));

  test.each([
    ['a', ['a']],
    ['a, b', ['a', 'b']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  ])('reads %j', (value, expected) => {
    expect(schema.parse(value)).toEqual(expected);
  });

  test('refuses an unknown value', () => {
    expect(schema.safeParse('a,c').success).toBe(false);
  });
});

describe('decodeCursor', () => {
  test('gives back what encodeCursor was given', () => {
    const position = ['2025-01-15T10:28:00Z', '0198b7a0'];
    expect(decodeCursor(positionSchema, encodeCursor(position))).toEqual(position);
  });

  const good = encodeCursor(['2025-01-15T10:28:00Z', '0198b7a0']);
  const others = [encodeCursor({ other: 1 }), encodeCursor(['yesterday', 'x'])];
  const withNul = encodeCursor(['2025-01-15T10:28:00Z', 'a\0']);
  test.each(['', 'not a cursor', ...others, withNul, `${good}!`, `${good}=`, ` ${good}`])(
    'refuses %j as the mistake of its sender',
    (cursor) => {
      expect(() => decodeCursor(positionSchema, cursor)).toThrow(AppError);
      expect(() => decodeCursor(positionSchema, cursor)).toThrow(
        expect.objectContaining({
          code: 'request.invalid',
          issues: [expect.objectContaining({ pointer: '/cursor' })],
        }),
      );
    },
  );
});

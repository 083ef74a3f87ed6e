import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { integerParameter } from './integer-parameter.js';

describe('integerParameter', () => {
  const schema = integerParameter(0, 500);

  test.each([
    ['0', 0],
    ['500', 500],
    ['007', 7],
    [20, 20],
  ])('reads %j', (sent, read) => {
    expect(schema.parse(sent)).toBe(read);
  });

  test.each(['0x10', '1e2', ' 5 ', '5\n', '', '+5', '-5', '1.5', '٥', ['5'], 1.5, true, null])(
    'refuses %j as no decimal digits',
    (sent) => {
      expect(schema.safeParse(sent).error?.issues).toEqual([
        expect.objectContaining({ message: 'is no integer in decimal digits' }),
      ]);
    },
  );

  test.each(['501', '99999999999999999999'])('refuses %s as too large', (sent) => {
    expect(schema.safeParse(sent).error?.issues[0]?.code).toBe('too_big');
  });

  test('is an integer with its bounds in a description', () => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({
      type: 'integer',
      minimum: 0,
      maximum: 500,
    });
  });
});

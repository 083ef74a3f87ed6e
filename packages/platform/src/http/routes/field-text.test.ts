import { describe, expect, test } from '@jest/globals';
import { fieldText } from './field-text.js';

const textOf = (json: string) => fieldText(Buffer.from(json), 'payload');

describe('fieldText', () => {
  test.each([
    ['{"payload":{"id":9007199254740993123,"x":1.0}}', '{"id":9007199254740993123,"x":1.0}'],
    ['{ "a" : [1,{"payload":2}] , "payload" : "a\\u0000\\"}," , "b" : 1 }', '"a\\u0000\\"},"'],
    ['{"payload":1,"payload" :\n [2, 3] }', '[2, 3]'],
    ['{"p\\u0061yload":null}', 'null'],
    ['{"a":{"payload":1},"b":"\\"payload\\":2"}', undefined],
    ['[{"payload":1}]', undefined],
    ['{}', undefined],
  ])('of %s', (json, expected) => {
    expect(textOf(json)).toBe(expected);
  });
});

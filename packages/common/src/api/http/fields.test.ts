import { expect, test } from '@jest/globals';
import { instantSchema } from './fields.js';

test.each(['0001-01-01T00:00:00Z', '2026-01-01T02:00:00+02:00', '9999-12-31T23:59:59.999Z'])(
  'takes %s',
  (text) => {
    expect(instantSchema.parse(text)).toBe(text);
  },
);

test.each([
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-01:00',
  '2026-02-30T00:00:00Z',
  'infinity',
])('refuses %s', (text) => {
  expect(instantSchema.safeParse(text).success).toBe(false);
});

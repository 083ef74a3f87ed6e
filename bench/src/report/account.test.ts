import { expect, test } from '@jest/globals';
import { judgeAccount } from './account.js';

test.each([
  [0, '0 % (0)', true],
  [700, '1.1 % (700)', true],
  [12_407, '20 % (12407)', true],
  [15_000, '24.2 % (15000)', false],
])('judgeAccount measures %i repeats in the unit that is wanted', (repeats, measured, isMet) => {
  const found = { lost: 0, unexpected: 0, severalIds: 0, repeats };
  expect(judgeAccount(found, 62_037).at(-1)).toMatchObject({ wanted: '≤ 20 %', measured, isMet });
});

test('judgeAccount lets nothing be lost, unexpected or sent under several ids', () => {
  const found = { lost: 1, unexpected: 2, severalIds: 3, repeats: 0 };
  expect(judgeAccount(found, 100).map(({ measured, isMet }) => [measured, isMet])).toEqual([
    ['1', false],
    ['2', false],
    ['3', false],
    ['0 % (0)', true],
  ]);
});

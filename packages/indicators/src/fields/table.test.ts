import { describe, expect, test } from '@jest/globals';
import { readTable, recordOf } from './table.js';

const columns = [{ name: 'a' }, { name: 'b', type: 'string' }];

describe('readTable', () => {
  test('reads rows by their columns', () => {
    const table = readTable({ columns, rows: [[1, 2], [3], [4, 5, 6]] });
    expect(table?.rows.map((row) => recordOf(table, row))).toEqual([
      { a: 1, b: 2 },
      { a: 3 },
      { a: 4, b: 5 },
    ]);
  });

  test.each<[what: string, object: Record<string, unknown>]>([
    ['without rows', { columns }],
    ['of rows that are objects', { columns, rows: [{ a: 1 }] }],
    ['without columns', { columns: [], rows: [[1]] }],
    ['of columns without names', { columns: ['a'], rows: [[1]] }],
    [
      'with too many columns',
      { columns: Array.from({ length: 501 }, () => ({ name: 'a' })), rows: [] },
    ],
    ['with a name too long', { columns: [{ name: 'a'.repeat(65) }], rows: [[1]] }],
  ])('reads nothing %s', (_, object) => {
    expect(readTable(object)).toBeUndefined();
  });
});

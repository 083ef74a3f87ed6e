import { expect, test } from '@jest/globals';
import { columnNames, defineRows, storedValues, type Columns } from './rows.js';

const columns: Columns<{ id: string; level: string }> = {
  id: ['uuid', ({ id }) => id],
  severity: ['text', ({ level }) => level, 'severity::severity'],
  place: ['int', (_row, index) => index],
};
const rows = [
  { id: 'a', level: 'Low' },
  { id: 'b', level: 'High' },
];

test('writes the statement and its parameters from one list of columns', () => {
  const given = defineRows('given', columns);
  expect(given.from).toBe(
    'unnest($1::uuid[], $2::text[], $3::int[]) AS given(id, severity, place)',
  );
  expect(given.parameters(rows)).toEqual([
    ['a', 'b'],
    ['Low', 'High'],
    [0, 1],
  ]);
  expect(given.nextParameter).toBe(4);
});

test('goes on behind other parameters, and numbers its rows', () => {
  const given = defineRows('more', { id: columns['id']! }, { firstParameter: 4, isNumbered: true });
  expect(given.from).toBe('unnest($4::uuid[]) WITH ORDINALITY AS more(id, position)');
  expect(given.nextParameter).toBe(5);
});

test('names the columns of an INSERT and what is stored in them', () => {
  expect(columnNames(columns)).toBe('id, severity, place');
  expect(storedValues(columns)).toBe('id, severity::severity, place');
});

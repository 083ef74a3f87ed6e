import { describe, expect, test } from '@jest/globals';
import { MAX_PREPARED, prepareStatements } from './prepare-statements.js';

describe('prepareStatements', () => {
  test('gives each text a name of its own, and the same text the same', () => {
    const prepare = prepareStatements();
    expect(prepare('SELECT $1', [1])).toEqual({ text: 'SELECT $1', values: [1], name: 's1' });
    expect(prepare('SELECT $1 + 1', [1]).name).toBe('s2');
    expect(prepare('SELECT $1', [2])).toEqual({ text: 'SELECT $1', values: [2], name: 's1' });
  });

  test('leaves alone what has no values: it may be several statements', () => {
    expect(prepareStatements()('BEGIN; COMMIT')).toEqual({ text: 'BEGIN; COMMIT' });
  });

  test('prepares as many as the bound says', () => {
    const prepare = prepareStatements();
    const named = Array.from({ length: MAX_PREPARED + 1 }, (_, index) => prepare(`${index}`, []));
    expect(named.filter(({ name }) => name !== undefined)).toHaveLength(MAX_PREPARED);
    expect(prepare('0', []).name).toBe('s1');
  });
});

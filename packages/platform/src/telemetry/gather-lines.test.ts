import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { gatherLines, MAX_GATHERED_CHARACTERS } from './gather-lines.js';

function gathering() {
  const to = new PassThrough();
  const writes: string[] = [];
  to.on('data', (chunk: Buffer) => writes.push(chunk.toString()));
  return { lines: gatherLines(to), writes };
}

describe('gatherLines', () => {
  test('writes the lines of one turn at once, in their order', async () => {
    const { lines, writes } = gathering();
    lines.write('one\n');
    lines.write('two\n');
    expect(writes).toEqual([]);
    await nextTurn();
    lines.write('three\n');
    await nextTurn();
    expect(writes).toEqual(['one\ntwo\n', 'three\n']);
  });

  test('gathers no more than its bound', () => {
    const { lines, writes } = gathering();
    lines.write('x'.repeat(MAX_GATHERED_CHARACTERS - 1));
    expect(writes).toEqual([]);
    lines.write('y');
    expect(writes).toEqual([`${'x'.repeat(MAX_GATHERED_CHARACTERS - 1)}y`]);
  });

  test('loses no line of a process that ends', () => {
    const { lines, writes } = gathering();
    lines.write('the last\n');
    const [flush] = process.listeners('exit').slice(-1);
    flush?.(0);
    expect(writes).toEqual(['the last\n']);
  });
});

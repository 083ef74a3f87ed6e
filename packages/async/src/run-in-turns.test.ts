import { expect, test } from '@jest/globals';
import { runInTurns } from './run-in-turns.js';

test('runInTurns lets others work between two slices, and returns the result', async () => {
  const log: string[] = [];
  function* work() {
    for (const slice of ['first', 'second', 'last']) {
      log.push(slice);
      if (slice !== 'last') yield;
      setImmediate(() => log.push(`after ${slice}`));
    }
    return log.length;
  }
  setImmediate(() => log.push('other'));
  expect(await runInTurns(work())).toBe(5);
  expect(log).toEqual(['first', 'other', 'second', 'after first', 'last']);
});

test('runInTurns passes an error of the work on', async () => {
  // eslint-disable-next-line require-yield -- it fails in its first slice
  function* work(): Generator<undefined, never, undefined> {
    throw new Error('broken');
  }
  await expect(runInTurns(work())).rejects.toThrow('broken');
});

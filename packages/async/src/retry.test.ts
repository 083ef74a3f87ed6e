import { expect, test } from '@jest/globals';
import { retry } from './retry.js';

const failing = (failures: number) => {
  const state = { tries: 0 };
  const work = () => {
    state.tries += 1;
    return state.tries > failures
      ? Promise.resolve(state.tries)
      : Promise.reject(new Error(`try ${state.tries}`));
  };
  return { state, work };
};
const always = () => true;

test('tries again after a failure that can pass', async () => {
  await expect(retry(failing(2).work, { waitsMs: [0, 0], isRetryable: always })).resolves.toBe(3);
});

test('throws the last failure when the waits are used up', async () => {
  const { state, work } = failing(5);
  await expect(retry(work, { waitsMs: [0, 0], isRetryable: always })).rejects.toThrow('try 3');
  expect(state.tries).toBe(3);
});

test('throws at once what no later try can cure', async () => {
  const { state, work } = failing(5);
  await expect(retry(work, { waitsMs: [0], isRetryable: () => false })).rejects.toThrow('try 1');
  expect(state.tries).toBe(1);
});

test('stops waiting when it is told to', async () => {
  const stop = new AbortController();
  const { state, work } = failing(5);
  const trying = retry(work, { waitsMs: [60_000], isRetryable: always, signal: stop.signal });
  stop.abort();
  await expect(trying).rejects.toThrow('try 1');
  expect(state.tries).toBe(1);
});

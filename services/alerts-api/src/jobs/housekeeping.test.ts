import { expect, test } from '@jest/globals';
import { startHousekeeping } from './housekeeping.js';

const aTick = async () => await new Promise((resolve) => setTimeout(resolve, 1));

test('startHousekeeping deletes in batches until nothing is left, and rests', async () => {
  const left = [1_000, 7];
  const limits: number[] = [];
  const housekeeping = startHousekeeping({
    giveUpAfterMs: 1,
    stepsKeptDays: 1,
    store: {
      giveUpUnpulled: async () => await Promise.resolve(0),
      deleteOldSteps: async () => await Promise.resolve(0),
      deleteExpired: async (limit) => {
        limits.push(limit);
        return await Promise.resolve(left.shift() ?? 0);
      },
    },
    onError: () => undefined,
    intervalMs: 1,
  });
  while (limits.length < 4) await aTick();
  await housekeeping.stop();
  expect(new Set(limits)).toEqual(new Set([1_000]));
  expect(left).toEqual([]);
});

test('startHousekeeping reports a failure and goes on', async () => {
  const errors: unknown[] = [];
  let turns = 0;
  const housekeeping = startHousekeeping({
    giveUpAfterMs: 1,
    stepsKeptDays: 1,
    store: {
      giveUpUnpulled: async () => await Promise.resolve(0),
      deleteOldSteps: async () => await Promise.resolve(0),
      deleteExpired: async () => {
        turns += 1;
        return await (turns === 1 ? Promise.reject(new Error('away')) : Promise.resolve(0));
      },
    },
    onError: (error) => errors.push(error),
    intervalMs: 1,
  });
  while (turns < 3) await aTick();
  await housekeeping.stop();
  expect(errors).toEqual([new Error('away')]);
});

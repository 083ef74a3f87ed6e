import { expect, test } from '@jest/globals';
import { startHousekeeping } from './housekeeping.js';

const aTick = async () => await new Promise((resolve) => setTimeout(resolve, 1));

const FOR_EVER = { alertsKeptDays: undefined, onAlertsDeleted: () => undefined };

test('startHousekeeping deletes in batches until nothing is left, and rests', async () => {
  const left = [1_000, 7];
  const limits: number[] = [];
  const housekeeping = startHousekeeping({
    giveUpAfterMs: 1,
    stepsKeptDays: 1,
    ...FOR_EVER,
    store: {
      giveUpUnpulled: async () => await Promise.resolve(0),
      deleteOldSteps: async () => await Promise.resolve(0),
      deleteOldAlerts: async () => await Promise.resolve(0),
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
    ...FOR_EVER,
    store: {
      giveUpUnpulled: async () => await Promise.resolve(0),
      deleteOldSteps: async () => await Promise.resolve(0),
      deleteOldAlerts: async () => await Promise.resolve(0),
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

test('startHousekeeping deletes old alerts where a time is set for them, and tells of each batch', async () => {
  const left = [200, 3];
  const asked: [number, number][] = [];
  const deleted: number[] = [];
  const housekeeping = startHousekeeping({
    giveUpAfterMs: 1,
    stepsKeptDays: 1,
    alertsKeptDays: 30,
    onAlertsDeleted: (count) => deleted.push(count),
    store: {
      giveUpUnpulled: async () => await Promise.resolve(0),
      deleteOldSteps: async () => await Promise.resolve(0),
      deleteOldAlerts: async (...given) => {
        asked.push(given);
        return await Promise.resolve(left.shift() ?? 0);
      },
      deleteExpired: async () => await Promise.resolve(0),
    },
    onError: () => undefined,
    intervalMs: 1,
  });
  while (asked.length < 4) await aTick();
  await housekeeping.stop();
  expect(asked[0]).toEqual([30, 200]);
  expect(deleted).toEqual([200, 3]);
});

import { expect, test } from '@jest/globals';
import { createSingleFlight } from './single-flight.js';

test('shares one run among those who ask for the same key meanwhile', async () => {
  const flight = createSingleFlight<string, number>();
  let runs = 0;
  const work = async () => {
    await Promise.resolve();
    return ++runs;
  };
  await expect(
    Promise.all([flight.run('a', work), flight.run('a', work), flight.run('b', work)]),
  ).resolves.toEqual([1, 1, 2]);
});

test('runs again once the run before has ended, also after a failure', async () => {
  const flight = createSingleFlight<string, string>();
  const fails = () => Promise.reject(new Error('first'));
  const both = [flight.run('a', fails), flight.run('a', fails)];
  await expect(Promise.allSettled(both)).resolves.toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  await expect(flight.run('a', () => Promise.resolve('second'))).resolves.toBe('second');
});

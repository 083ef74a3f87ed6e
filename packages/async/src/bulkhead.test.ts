import { describe, expect, jest, test } from '@jest/globals';
import { createBulkhead } from './bulkhead.js';

/** A work that goes on until it is told to end. */
function aWork() {
  let isStarted = false;
  let end: (error?: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  const run = async () => {
    isStarted = true;
    await ended;
  };
  return { run, end: (error?: Error) => end(error), isStarted: () => isStarted };
}

/** Lets promises that are settled be heard of. */
const turn = async () => await new Promise((resolve) => setImmediate(resolve));

describe('createBulkhead', () => {
  test('lets so many run at a time, and others in the order in which they came', async () => {
    const bulkhead = createBulkhead({ maxRunning: 2, maxWaiting: 5 });
    const works = [aWork(), aWork(), aWork(), aWork()];
    const runs = works.map((work) => bulkhead.run(work.run));
    const started = () => works.map((work) => work.isStarted());
    await turn();
    expect(started()).toEqual([true, true, false, false]);
    works[1]!.end();
    await turn();
    expect(started()).toEqual([true, true, true, false]);
    works[0]!.end();
    await turn();
    expect(started()).toEqual([true, true, true, true]);
    works.forEach((work) => work.end());
    await Promise.all(runs);
  });

  test('gives the place of a work that fails to the next', async () => {
    const bulkhead = createBulkhead({ maxRunning: 1, maxWaiting: 1 });
    const failing = aWork();
    const run = bulkhead.run(failing.run);
    const next = bulkhead.run(async () => await Promise.resolve('done'));
    failing.end(new Error('broken'));
    await expect(run).rejects.toThrow('broken');
    expect(await next).toBe('done');
    expect(await bulkhead.run(async () => await Promise.resolve('again'))).toBe('again');
  });

  test('refuses one more than may wait, and takes it when there is a place again', async () => {
    const bulkhead = createBulkhead({ maxRunning: 1, maxWaiting: 1 });
    const [running, waiting, refused] = [aWork(), aWork(), aWork()];
    const runs = [bulkhead.run(running.run), bulkhead.run(waiting.run)];
    await expect(bulkhead.run(refused.run)).rejects.toThrow(
      expect.objectContaining({ code: 'service.overloaded' }),
    );
    running.end();
    await turn();
    refused.end();
    const taken = bulkhead.run(refused.run);
    waiting.end();
    await Promise.all([...runs, taken]);
    expect(refused.isStarted()).toBe(true);
  });

  test('runs works of several places while there are so many, and keeps their order', async () => {
    const onWait = jest.fn();
    const bulkhead = createBulkhead({ maxRunning: 5, maxWaiting: 5, onWait });
    const works = [aWork(), aWork(), aWork(), aWork()];
    const places = [2, 3, 4, 1];
    const runs = works.map((work, index) => bulkhead.run(work.run, places[index]));
    const started = () => works.map((work) => work.isStarted());
    await turn();
    expect(started()).toEqual([true, true, false, false]);
    expect(onWait).toHaveBeenCalledTimes(2);
    works[0]!.end();
    await turn();
    // One place is free, but the work before it needs four.
    expect(started()).toEqual([true, true, false, false]);
    works[1]!.end();
    await turn();
    expect(started()).toEqual([true, true, true, true]);
    works.forEach((work) => work.end());
    await Promise.all(runs);
  });

  test('runs a work that needs more places than there are, but alone', async () => {
    const bulkhead = createBulkhead({ maxRunning: 5, maxWaiting: 5 });
    const works = [aWork(), aWork(), aWork()];
    const places = [1, 6, 1];
    const runs = works.map((work, index) => bulkhead.run(work.run, places[index]));
    const started = () => works.map((work) => work.isStarted());
    await turn();
    expect(started()).toEqual([true, false, false]);
    works[0]!.end();
    await turn();
    expect(started()).toEqual([true, true, false]);
    works[1]!.end();
    await turn();
    expect(started()).toEqual([true, true, true]);
    works[2]!.end();
    await Promise.all(runs);
  });
});

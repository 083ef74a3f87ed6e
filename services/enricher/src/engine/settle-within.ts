import { withDeadline } from '@calseta/async';

/** The value of each promise; undefined where it missed the deadline. Rejects when one of them does. */
export async function settleWithin<T extends object>(
  promises: readonly Promise<T>[],
  deadlineMs: number,
): Promise<(T | undefined)[]> {
  const values: (T | undefined)[] = promises.map(() => undefined);
  const all = promises.map(async (promise, index) => {
    values[index] = await promise;
  });
  await withDeadline(Promise.all(all), deadlineMs, () => undefined);
  return [...values];
}

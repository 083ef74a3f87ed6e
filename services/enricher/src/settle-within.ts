/** The value of each promise, or undefined where it was not there in time. Rejects when one of them does. */
export async function settleWithin<T extends object>(
  promises: readonly Promise<T>[],
  deadlineMs: number,
): Promise<(T | undefined)[]> {
  const values: (T | undefined)[] = promises.map(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  const all = promises.map(async (promise, index) => {
    values[index] = await promise;
  });
  try {
    await Promise.race([Promise.all(all), deadline]);
  } finally {
    clearTimeout(timer);
  }
  return [...values];
}

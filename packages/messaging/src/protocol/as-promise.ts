/** The result of synchronous work as a promise; an exception rejects it. */
export const asPromise = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work());
  });

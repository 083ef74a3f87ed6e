/** The result of synchronous work as a promise, its exception as a rejection. */
export const asPromise = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work());
  });

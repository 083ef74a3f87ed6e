/** The result, or the exception, of synchronous work as a promise. */
export const asPromise = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work());
  });

export type SingleFlight<K, T> = {
  /** Runs the work, or joins the current run for the same key. */
  run(key: K, work: () => Promise<T>): Promise<T>;
};

/** Concurrent callers with one key share one run and its outcome; nothing is kept after it. */
export function createSingleFlight<K, T>(): SingleFlight<K, T> {
  const flights = new Map<K, Promise<T>>();
  return {
    async run(key, work) {
      const underWay = flights.get(key);
      if (underWay) return await underWay;
      const flight = work().finally(() => flights.delete(key));
      flights.set(key, flight);
      return await flight;
    },
  };
}

export type SingleFlight<K, T> = {
  /** Runs the work, or joins the run for the same key that is under way. */
  run(key: K, work: () => Promise<T>): Promise<T>;
};

/** Callers who ask for one key at the same time share one run and its outcome; nothing is kept after it. */
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

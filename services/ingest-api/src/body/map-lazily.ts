/** Maps each item when it is asked for. */
export function* mapLazily<T, U>(given: Iterable<T>, map: (one: T) => U): Generator<U> {
  for (const one of given) yield map(one);
}

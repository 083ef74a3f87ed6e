/** Work that yields wherever the event loop may serve others, and returns its result. */
export type SlicedWork<T> = Generator<undefined, T, undefined>;

/** Does the work in one go, for callers that cannot wait. */
export function runAtOnce<T>(work: SlicedWork<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

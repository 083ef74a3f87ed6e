/** Work that yields where the event loop can run other tasks, and returns its result. */
export type SlicedWork<T> = Generator<undefined, T, undefined>;

/** Runs the work without pauses. */
export function runAtOnce<T>(work: SlicedWork<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

import { isTransient } from '@calseta/common';

/** An item of a batch and the promise of whoever added it. */
export type BatchEntry<I, O> = {
  item: I;
  resolve: (output: O) => void;
  reject: (error: unknown) => void;
};

export type BatchRun<I, O> = {
  /** Answers each item, in order. */
  run: (items: I[]) => Promise<O[]>;
  onSuccess: () => void;
  /** Called with the size of the batch when an outage or a time-out failed all of it. */
  onTransientFailure: (size: number) => void;
};

/**
 * Runs a batch and settles each of its entries. A transient error fails all of them. Any other error may come from
 * one item, so both halves run again: one bad item among many is found in a few runs.
 */
export async function settleBatch<I, O>(
  batch: readonly BatchEntry<I, O>[],
  options: BatchRun<I, O>,
): Promise<void> {
  try {
    const outputs = await options.run(batch.map(({ item }) => item));
    if (outputs.length !== batch.length) throw new Error('A batch did not answer every item.');
    options.onSuccess();
    batch.forEach(({ resolve }, index) => resolve(outputs[index] as O));
  } catch (error) {
    const isOurs = isTransient(error);
    if (isOurs) options.onTransientFailure(batch.length);
    if (isOurs || batch.length === 1) {
      for (const { reject } of batch) reject(error);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await settleBatch(batch.slice(0, half), options);
    await settleBatch(batch.slice(half), options);
  }
}

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
  /** Whether `run` may answer only the first items, one at least. */
  mayLeaveItems: boolean;
  onSuccess: () => void;
  /** Called with the size of the batch when an outage or a time-out failed all of it. */
  onTransientFailure: (size: number) => void;
};

/**
 * Runs a batch and settles each of its entries. A transient error fails all of them. Any other error may come from
 * one item, so both halves run again: one bad item among many is found in a few runs. Returns the entries that `run`
 * has left.
 */
export async function settleBatch<I, O>(
  batch: readonly BatchEntry<I, O>[],
  options: BatchRun<I, O>,
): Promise<BatchEntry<I, O>[]> {
  try {
    const outputs = await options.run(batch.map(({ item }) => item));
    assertAnswered(outputs.length, batch.length, options);
    options.onSuccess();
    const answered = batch.slice(0, outputs.length);
    answered.forEach(({ resolve }, index) => resolve(outputs[index] as O));
    return batch.slice(outputs.length);
  } catch (error) {
    const isOurs = isTransient(error);
    if (isOurs) options.onTransientFailure(batch.length);
    if (isOurs || batch.length === 1) {
      for (const { reject } of batch) reject(error);
      return [];
    }
    const half = Math.ceil(batch.length / 2);
    const left = await settleBatch(batch.slice(0, half), options);
    return [...left, ...(await settleBatch(batch.slice(half), options))];
  }
}

function assertAnswered(
  answered: number,
  given: number,
  { mayLeaveItems }: Pick<BatchRun<unknown, unknown>, 'mayLeaveItems'>,
): void {
  if (answered === given) return;
  if (mayLeaveItems && answered > 0 && answered < given) return;
  throw new Error('A batch did not answer every item.');
}

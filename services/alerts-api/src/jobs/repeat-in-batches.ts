import { repeat, type Repeated } from '@calseta/async';

type Batches = {
  /** Does at most `limit` of what there is to do, and returns how much it did. */
  work: (limit: number) => Promise<number>;
  onError: (error: unknown) => void;
  intervalMs: number;
};

const BATCH_SIZE = 500;

/** Does at an interval what there is to do, batch by batch, until nothing is left. */
export const repeatInBatches = ({
  work,
  onError,
  intervalMs,
}: Batches): Pick<Repeated, 'stop' | 'trigger'> =>
  repeat({
    intervalMs: () => intervalMs,
    onError,
    async work() {
      while ((await work(BATCH_SIZE)) >= BATCH_SIZE);
    },
  });

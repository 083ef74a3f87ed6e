import { repeat, type Repeated } from '@calseta/async';

/** Does a batch of some work and returns how much it did. */
type Batch = () => Promise<number>;
/** Does batches until one finds nothing, the turn has had its share, or the job is stopped. */
export type UntilNone = (batch: Batch) => Promise<void>;

/** Batches of one turn, so that a backlog does not overload the database. */
const MAX_BATCHES = 50;

/** Takes a turn of batches at an interval; `stop` ends the turn after its batch. */
export function repeatUntilNone(options: {
  work: (untilNone: UntilNone) => Promise<void>;
  onError: (error: unknown) => void;
  intervalMs: number;
}): Pick<Repeated, 'stop'> {
  const { work, onError, intervalMs } = options;
  let isStopping = false;
  const untilNone: UntilNone = async (batch) => {
    for (let count = 0; count < MAX_BATCHES && !isStopping; count += 1)
      if ((await batch()) === 0) return;
  };
  const turns = repeat({
    intervalMs: () => intervalMs,
    work: async () => await work(untilNone),
    onError,
  });
  return {
    async stop() {
      isStopping = true;
      await turns.stop();
    },
  };
}

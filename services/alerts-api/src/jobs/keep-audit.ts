import { type Repeated } from '@calseta/async';
import { type AuditStore } from '@calseta/database';
import { repeatUntilNone, type UntilNone } from './repeat-until-none.js';

export type AuditKeeping = {
  store: Pick<AuditStore, 'chain' | 'emptyTexts' | 'deleteOldest'>;
  /** Days after which entries are deleted, and after which their texts are emptied; for ever without. */
  keptDays: number | undefined;
  textsKeptDays: number | undefined;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

/** Whoever reads the log chains what is pending at once; this is for the time in which nobody does. */
const INTERVAL_MS = 5_000;
/** Retention takes its turn so often, in turns of chaining. */
const TURNS_BETWEEN_RETENTION = 120;
const BATCH_SIZE = 1_000;

/** Chains pending entries of the audit log and ends what is too old. Of several replicas one works at a time. */
export function startAuditKeeping(options: AuditKeeping): Pick<Repeated, 'stop'> {
  const { store, keptDays, textsKeptDays, onError, intervalMs = INTERVAL_MS } = options;
  let turn = 0;

  async function retain(untilNone: UntilNone): Promise<void> {
    if (textsKeptDays !== undefined)
      await untilNone(async () => await store.emptyTexts({ days: textsKeptDays }, BATCH_SIZE));
    if (keptDays !== undefined)
      await untilNone(async () => await store.deleteOldest({ days: keptDays }, BATCH_SIZE));
  }

  return repeatUntilNone({
    intervalMs,
    onError,
    async work(untilNone) {
      await untilNone(async () => await store.chain({ skipIfBusy: true }));
      if (turn % TURNS_BETWEEN_RETENTION === 0) await retain(untilNone);
      turn += 1;
    },
  });
}

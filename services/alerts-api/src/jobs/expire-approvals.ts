import { repeat, type Repeated } from '@calseta/async';
import { type ApprovalStore } from '@calseta/database';

export type ExpiryOptions = {
  store: Pick<ApprovalStore, 'expire'>;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

const INTERVAL_MS = 15_000;
const BATCH_SIZE = 500;

/** Ends approvals whose time is over. Replicas share the work, since each skips the rows that another has locked. */
export const startApprovalExpiry = ({
  store,
  onError,
  intervalMs = INTERVAL_MS,
}: ExpiryOptions): Pick<Repeated, 'stop'> =>
  repeat({
    intervalMs: () => intervalMs,
    onError,
    async work() {
      while ((await store.expire(BATCH_SIZE)) === BATCH_SIZE);
    },
  });

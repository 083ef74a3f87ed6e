import { type Repeated } from '@calseta/async';
import { type ApprovalStore } from '@calseta/database';
import { repeatInBatches } from './repeat-in-batches.js';

export type ExpiryOptions = {
  store: Pick<ApprovalStore, 'expire'>;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

const INTERVAL_MS = 15_000;

/** Ends approvals whose time is over. Replicas share the work, since each skips the rows that another has locked. */
export const startApprovalExpiry = ({
  store,
  onError,
  intervalMs = INTERVAL_MS,
}: ExpiryOptions): Pick<Repeated, 'stop'> =>
  repeatInBatches({ work: store.expire, onError, intervalMs });

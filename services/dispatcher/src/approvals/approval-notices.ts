import { repeat } from '@calseta/async';
import { newUuid } from '@calseta/common';
import {
  type ApprovalNoticeStore,
  type ClaimedNotice,
  type NoticeOutcome,
} from '@calseta/database';
import { logFailures, type Logger } from '@calseta/platform';

/** Messages that are sent at once. */
const MAX_AT_ONCE = 16;

export type ApprovalNoticesDeps = {
  store: ApprovalNoticeStore;
  send: (notice: ClaimedNotice) => Promise<NoticeOutcome>;
  log: Logger;
  pollIntervalMs: number;
  leaseMs: number;
};

/** Claims the messages to approvers that are due, and sends them. */
export function startApprovalNotices(deps: ApprovalNoticesDeps): { drain(): Promise<void> } {
  const { store, send, log, pollIntervalMs, leaseMs } = deps;
  const underWay = new Set<Promise<void>>();

  async function tell(notice: ClaimedNotice): Promise<void> {
    try {
      const outcome = await send(notice);
      await store.record(outcome);
      log.info('approval.told', {
        approval_id: notice.approvalId,
        approver_id: notice.approverId,
        channel: notice.channel,
        attempt: notice.attemptNumber,
        status: outcome.status,
        ...(outcome.status !== 'delivered' && { reason: outcome.error }),
      });
    } catch (error) {
      // It is sent again once its lease has run out.
      log.error('approval.not_told', { approval_id: notice.approvalId, error });
    }
  }

  async function claim(): Promise<void> {
    const limit = MAX_AT_ONCE - underWay.size;
    if (limit <= 0) return;
    for (const notice of await store.claimDue({ limit, leaseMs, leaseToken: newUuid() })) {
      const telling: Promise<void> = tell(notice).finally(() => underWay.delete(telling));
      underWay.add(telling);
    }
  }

  const claiming = repeat({
    intervalMs: () => pollIntervalMs,
    work: claim,
    onError: logFailures(log, 'approval_notices.claim_failed'),
  });
  return {
    async drain() {
      await claiming.stop();
      await Promise.all(underWay);
    },
  };
}

import { type ApprovalChannel } from '@calseta/common';
import { type Database } from '../core/database.js';

/** A message that this process alone sends until its lease ends. */
export type ClaimedNotice = {
  id: string;
  leaseToken: string;
  approvalId: string;
  approverId: string;
  approverName: string;
  channel: ApprovalChannel;
  /** Null when the approver is not told there any more. */
  urlEncrypted: string | null;
  signingSecretEncrypted: string;
  /** 1 for the first attempt. */
  attemptNumber: number;
  /** False where whoever asks said where this approver is told. */
  mayHoldLink: boolean;
  /** Time that is left to decide. */
  remainingMs: number;
};

export type NoticeOutcome = Pick<ClaimedNotice, 'id' | 'leaseToken'> &
  ({ status: 'delivered' } | { status: 'dead' | 'pending'; error: string; retryDelayMs?: number });

export interface ApprovalNoticeStore {
  /** Claims messages that are due, oldest first; those that came too late end. */
  claimDue(claim: { limit: number; leaseMs: number; leaseToken: string }): Promise<ClaimedNotice[]>;
  record(outcome: NoticeOutcome): Promise<void>;
  /** Lets the bearer of the token with this SHA-256 decide as the approver. */
  addLink(link: { tokenHash: Uint8Array; approvalId: string; approverId: string }): Promise<void>;
}

/** The messages to approvers, which the dispatcher sends. */
export const createApprovalNoticeStore = ({
  query,
}: Pick<Database, 'query'>): ApprovalNoticeStore => ({
  async claimDue({ limit, leaseMs, leaseToken }) {
    await query(END_LATE);
    const { rows } = await query<ClaimedNotice>(CLAIM, [limit, leaseMs, leaseToken]);
    return rows;
  },
  async record({ id, leaseToken, ...outcome }) {
    const error = outcome.status === 'delivered' ? null : outcome.error;
    const delayMs = outcome.status === 'pending' ? (outcome.retryDelayMs ?? 0) : 0;
    await query(RECORD, [id, leaseToken, outcome.status, error, delayMs]);
  },
  async addLink({ tokenHash, approvalId, approverId }) {
    await query(
      'INSERT INTO approval_links (token_hash, approval_id, approver_id) VALUES ($1, $2, $3)',
      [tokenHash, approvalId, approverId],
    );
  },
});

const END_LATE = `
  UPDATE approval_notices n
     SET status = 'dead', finished_at = now(), last_error = 'it was decided, or its time was over, before'
    FROM approvals a
   WHERE a.id = n.approval_id AND n.status = 'pending' AND n.next_attempt_at <= now()
     AND (a.status <> 'pending' OR a.expires_at <= now())`;

const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id FROM approval_notices
     WHERE status = 'pending' AND next_attempt_at <= now()
       AND (leased_until IS NULL OR leased_until < now())
     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
  UPDATE approval_notices n
     SET lease_token = $3::uuid, leased_until = now() + make_interval(secs => $2::float8 / 1000),
         attempt_count = attempt_count + 1
    FROM due, approvals a, approvers p
   WHERE n.id = due.id AND a.id = n.approval_id AND p.id = n.approver_id
  RETURNING n.id, n.lease_token AS "leaseToken", n.approval_id AS "approvalId",
    n.approver_id AS "approverId", p.name AS "approverName", n.channel,
    CASE n.channel WHEN 'slack' THEN p.slack_webhook_url_encrypted ELSE p.webhook_url_encrypted END
      AS "urlEncrypted",
    p.signing_secret_encrypted AS "signingSecretEncrypted", n.attempt_count AS "attemptNumber",
    p.set_by <> a.requested_by AS "mayHoldLink",
    (extract(epoch FROM a.expires_at - now()) * 1000)::float8 AS "remainingMs"`;

const RECORD = `
  UPDATE approval_notices
     SET status = $3, last_error = $4, lease_token = NULL, leased_until = NULL,
         next_attempt_at = now() + make_interval(secs => $5::float8 / 1000),
         finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE now() END
   WHERE id = $1 AND lease_token = $2::uuid`;

import { formatTimestamp } from '@calseta/common';
import { type Transaction } from '../core/database.js';
import { createEvents } from '../events/create-events.js';

/** An approval that was just stored. */
export type NewApproval = {
  approvalId: string;
  runId: string;
  workflowId: string;
  workflowName: string;
  alertId: string | null;
  /** Principal. */
  requestedBy: string;
  /** In the words of whoever asks. */
  reason: string;
  expiresAt: Date;
};

/**
 * Makes the messages about an approval, inside the transaction that stores it: to the approvers that its workflow
 * names, or to all, and never to whoever asks; and to the agents that take the event, without a link that decides. The
 * dispatcher sends them.
 */
export async function tellApprovers(
  client: Pick<Transaction, 'query'>,
  approval: NewApproval,
): Promise<void> {
  const { approvalId, workflowId, requestedBy } = approval;
  const { rows } = await client.query<{ risk_level: string }>(TELL, [
    approvalId,
    workflowId,
    requestedBy,
  ]);
  await createEvents(
    async (text, values) => await client.query(text, values),
    [
      {
        event: 'approval.requested',
        data: {
          approval_uuid: approvalId,
          run_uuid: approval.runId,
          workflow_uuid: workflowId,
          workflow_name: approval.workflowName,
          ...(approval.alertId !== null && { alert_uuid: approval.alertId }),
          risk_level: rows[0]?.risk_level ?? 'medium',
          requested_by: requestedBy,
          reason: approval.reason,
          expires_at: formatTimestamp(approval.expiresAt),
        },
      },
    ],
  );
}

const TELL = `
  WITH told AS (
    INSERT INTO approval_notices (id, approval_id, approver_id, channel)
    SELECT gen_random_uuid(), $1::uuid, a.id, place.channel
      FROM workflows w
      JOIN approvers a ON cardinality(w.approvers) = 0 OR a.principal = ANY (w.approvers)
     CROSS JOIN LATERAL (VALUES ('webhook', a.webhook_url_encrypted),
                                ('slack', a.slack_webhook_url_encrypted)) AS place (channel, url)
     WHERE w.id = $2::uuid AND a.principal <> $3 AND place.url IS NOT NULL)
  SELECT risk_level::text FROM workflows WHERE id = $2::uuid`;

-- Who may be asked to approve a run, and where they are told of it. URLs are secrets.
CREATE TABLE "approvers" (
  "id" UUID NOT NULL,
  "principal" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "webhook_url_encrypted" TEXT,
  "webhook_origin" TEXT,
  "signing_secret_encrypted" TEXT NOT NULL,
  "slack_webhook_url_encrypted" TEXT,
  "slack_webhook_origin" TEXT,
  "slack_user_id" TEXT,
  "set_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approvers_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "approvers_principal_key" ON "approvers" ("principal");
CREATE UNIQUE INDEX "approvers_slack_user_id_key" ON "approvers" ("slack_user_id");

-- A message about an approval to an approver, made with the approval.
CREATE TABLE "approval_notices" (
  "id" UUID NOT NULL,
  "approval_id" UUID NOT NULL,
  "approver_id" UUID NOT NULL,
  "channel" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'pending',
  "attempt_count" INTEGER NOT NULL DEFAULT 0,
  "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "lease_token" UUID,
  "leased_until" TIMESTAMPTZ(3),
  "last_error" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "finished_at" TIMESTAMPTZ(3),
  CONSTRAINT "approval_notices_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "approval_notices_channel_check" CHECK ("channel" IN ('webhook', 'slack')),
  CONSTRAINT "approval_notices_status_check" CHECK ("status" IN ('pending', 'delivered', 'dead')),
  CONSTRAINT "approval_notices_approval_id_fkey" FOREIGN KEY ("approval_id")
    REFERENCES "approvals"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "approval_notices_approver_id_fkey" FOREIGN KEY ("approver_id")
    REFERENCES "approvers"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "approval_notices_approval_id_approver_id_channel_key"
  ON "approval_notices" ("approval_id", "approver_id", "channel");
CREATE INDEX "approval_notices_due_idx" ON "approval_notices" ("next_attempt_at")
  WHERE "status" = 'pending';

-- The one-time links of messages, as SHA-256: each for one approval and one approver.
CREATE TABLE "approval_links" (
  "token_hash" BYTEA NOT NULL,
  "approval_id" UUID NOT NULL,
  "approver_id" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approval_links_pkey" PRIMARY KEY ("token_hash"),
  CONSTRAINT "approval_links_approval_id_fkey" FOREIGN KEY ("approval_id")
    REFERENCES "approvals"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "approval_links_approver_id_fkey" FOREIGN KEY ("approver_id")
    REFERENCES "approvers"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "approval_links_approval_id_idx" ON "approval_links" ("approval_id");

-- How a decision came: key, link, slack.
ALTER TABLE "approvals" ADD COLUMN "decided_via" TEXT;

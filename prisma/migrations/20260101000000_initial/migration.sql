-- CreateEnum
CREATE TYPE "severity" AS ENUM ('Pending', 'Informational', 'Low', 'Medium', 'High', 'Critical');

-- CreateEnum
CREATE TYPE "alert_status" AS ENUM ('Open', 'Triaging', 'Escalated', 'Closed');

-- CreateEnum
CREATE TYPE "pipeline_stage" AS ENUM ('ingested', 'extracted', 'enriched', 'dispatched', 'failed', 'quarantined');

-- CreateEnum
CREATE TYPE "enrichment_status" AS ENUM ('Pending', 'Enriched', 'Partial', 'Failed');

-- CreateEnum
CREATE TYPE "malice" AS ENUM ('Pending', 'Benign', 'Suspicious', 'Malicious');

-- CreateEnum
CREATE TYPE "indicator_type" AS ENUM ('ip', 'domain', 'hash_md5', 'hash_sha1', 'hash_sha256', 'url', 'email', 'account');

-- CreateEnum
CREATE TYPE "lookup_status" AS ENUM ('success', 'not_found', 'failed', 'timeout', 'quota', 'skipped');

-- CreateEnum
CREATE TYPE "doc_type" AS ENUM ('runbook', 'ir_plan', 'sop', 'playbook', 'detection_guide', 'other');

-- CreateEnum
CREATE TYPE "approval_mode" AS ENUM ('always', 'agent_only', 'never');

-- CreateEnum
CREATE TYPE "risk_level" AS ENUM ('low', 'medium', 'high', 'critical');

-- CreateEnum
CREATE TYPE "workflow_run_status" AS ENUM ('awaiting_approval', 'queued', 'running', 'succeeded', 'failed', 'rejected', 'expired');

-- CreateEnum
CREATE TYPE "approval_status" AS ENUM ('pending', 'approved', 'rejected', 'expired');

-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('pending', 'delivered', 'dead', 'cancelled');

-- CreateEnum
CREATE TYPE "delivery_kind" AS ENUM ('alert', 'test');

-- CreateEnum
CREATE TYPE "key_type" AS ENUM ('human', 'agent');

-- CreateTable
CREATE TABLE "sources" (
    "name" TEXT NOT NULL,
    "plugin" TEXT NOT NULL,
    "field_mapping" JSONB,
    "dedup_window_seconds" INTEGER NOT NULL DEFAULT 86400,
    "rate_limit_per_minute" INTEGER,
    "hmac_secrets" JSONB NOT NULL DEFAULT '[]',
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "last_seen_at" TIMESTAMPTZ(3),
    "accepted_count" BIGINT NOT NULL DEFAULT 0,
    "rejected_count" BIGINT NOT NULL DEFAULT 0,
    "last_rejected_at" TIMESTAMPTZ(3),
    "last_rejected_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sources_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL,
    "source_name" TEXT NOT NULL,
    "native_alert_id" TEXT,
    "dedup_key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "severity" "severity" NOT NULL DEFAULT 'Pending',
    "severity_original" TEXT,
    "status" "alert_status" NOT NULL DEFAULT 'Open',
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "duplicate_count" INTEGER NOT NULL DEFAULT 0,
    "previous_alert_id" UUID,
    "source_rule_id" TEXT,
    "source_rule_name" TEXT,
    "source_url" TEXT,
    "mitre_tactics" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "mitre_techniques" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "normalized_fields" JSONB NOT NULL DEFAULT '{}',
    "stated_indicators" JSONB NOT NULL DEFAULT '[]',
    "ingest_notes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "hosts" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "users" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "raw_payload" JSON NOT NULL,
    "traceparent" TEXT,
    "stage" "pipeline_stage" NOT NULL DEFAULT 'ingested',
    "revision" INTEGER NOT NULL DEFAULT 1,
    "stage_changed_at" TIMESTAMPTZ(3) NOT NULL,
    "next_sweep_at" TIMESTAMPTZ(3) NOT NULL,
    "sweep_count" INTEGER NOT NULL DEFAULT 0,
    "failure_code" TEXT,
    "failure_reason" TEXT,
    "detection_rule_id" UUID,
    "indicator_count" INTEGER NOT NULL DEFAULT 0,
    "enrichment_status" "enrichment_status" NOT NULL DEFAULT 'Pending',
    "enriched_at" TIMESTAMPTZ(3),
    "enrichment_succeeded" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "enrichment_failed" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "malice" "malice" NOT NULL DEFAULT 'Pending',
    "malice_override" "malice",
    "close_classification" TEXT,
    "triaged_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dedup_slots" (
    "source_name" TEXT NOT NULL,
    "dedup_key" TEXT NOT NULL,
    "alert_id" UUID NOT NULL,
    "previous_alert_id" UUID,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dedup_slots_pkey" PRIMARY KEY ("source_name","dedup_key")
);

-- CreateTable
CREATE TABLE "alert_occurrences" (
    "id" UUID NOT NULL,
    "alert_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "raw_payload" JSON NOT NULL,

    CONSTRAINT "alert_occurrences_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "indicators" (
    "id" UUID NOT NULL,
    "type" "indicator_type" NOT NULL,
    "value" TEXT NOT NULL,
    "display_value" TEXT,
    "classification" TEXT NOT NULL,
    "is_malformed" BOOLEAN NOT NULL DEFAULT false,
    "malice" "malice" NOT NULL DEFAULT 'Pending',
    "malice_override" "malice",
    "malice_reasons" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "indicators_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_indicators" (
    "alert_id" UUID NOT NULL,
    "indicator_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "role" TEXT,
    "provenance" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_indicators_pkey" PRIMARY KEY ("alert_id","indicator_id")
);

-- CreateTable
CREATE TABLE "detection_rules" (
    "id" UUID NOT NULL,
    "source_name" TEXT,
    "source_rule_id" TEXT,
    "name" TEXT NOT NULL,
    "severity" "severity" NOT NULL DEFAULT 'Pending',
    "mitre_tactics" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "mitre_techniques" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "documentation" TEXT NOT NULL DEFAULT '',
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "detection_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "context_documents" (
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "doc_type" "doc_type" NOT NULL,
    "content" TEXT NOT NULL,
    "is_global" BOOLEAN NOT NULL DEFAULT false,
    "targeting_rules" JSONB,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_documents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workflows" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "documentation" TEXT NOT NULL DEFAULT '',
    "approval_mode" "approval_mode" NOT NULL DEFAULT 'always',
    "risk_level" "risk_level" NOT NULL DEFAULT 'medium',
    "indicator_types" "indicator_type"[] DEFAULT ARRAY[]::"indicator_type"[],
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflows_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workflow_runs" (
    "id" UUID NOT NULL,
    "workflow_id" UUID NOT NULL,
    "alert_id" UUID,
    "status" "workflow_run_status" NOT NULL DEFAULT 'queued',
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "steps" JSONB NOT NULL DEFAULT '[]',
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "workflow_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approvals" (
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "status" "approval_status" NOT NULL DEFAULT 'pending',
    "parameters_hash" TEXT NOT NULL,
    "decided_by" TEXT,
    "reason" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agents" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "documentation" TEXT NOT NULL DEFAULT '',
    "webhook_url" TEXT NOT NULL,
    "auth_header_encrypted" TEXT,
    "signing_secret_encrypted" TEXT NOT NULL,
    "previous_secret_encrypted" TEXT,
    "previous_secret_expires_at" TIMESTAMPTZ(3),
    "trigger_filter" JSONB NOT NULL DEFAULT '{}',
    "timeout_seconds" INTEGER NOT NULL DEFAULT 10,
    "max_concurrency" INTEGER NOT NULL DEFAULT 4,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "disabled_reason" TEXT,
    "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" UUID NOT NULL,
    "kind" "delivery_kind" NOT NULL DEFAULT 'alert',
    "agent_id" UUID NOT NULL,
    "alert_id" UUID,
    "revision" INTEGER NOT NULL,
    "status" "delivery_status" NOT NULL DEFAULT 'pending',
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "leased_until" TIMESTAMPTZ(3),
    "lease_token" UUID,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "status_code" INTEGER,
    "response_body" TEXT,
    "error" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "findings" (
    "id" UUID NOT NULL,
    "alert_id" UUID NOT NULL,
    "created_by" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "confidence" DOUBLE PRECISION,
    "recommended_actions" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "details" JSONB NOT NULL DEFAULT '{}',
    "classification" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "findings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "activity" (
    "id" UUID NOT NULL,
    "alert_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "activity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key_type" "key_type" NOT NULL,
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "allowed_sources" JSONB,
    "url_token_source" TEXT,
    "secret_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "indicator_mappings" (
    "id" UUID NOT NULL,
    "source_name" TEXT,
    "pass" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "indicator_type" "indicator_type" NOT NULL,
    "role" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "indicator_mappings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrichment_providers" (
    "name" TEXT NOT NULL,
    "config" JSONB NOT NULL DEFAULT '{}',
    "config_version" INTEGER NOT NULL DEFAULT 1,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "indicator_types" "indicator_type"[] DEFAULT ARRAY[]::"indicator_type"[],
    "reliability" DOUBLE PRECISION NOT NULL DEFAULT 0.5,
    "ttl_seconds" INTEGER NOT NULL DEFAULT 3600,
    "negative_ttl_seconds" INTEGER NOT NULL DEFAULT 300,
    "timeout_ms" INTEGER NOT NULL DEFAULT 5000,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "enrichment_providers_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "enrichment_results" (
    "indicator_id" UUID NOT NULL,
    "provider_name" TEXT NOT NULL,
    "config_version" INTEGER NOT NULL,
    "status" "lookup_status" NOT NULL,
    "extracted" JSONB NOT NULL DEFAULT '{}',
    "malice" "malice" NOT NULL DEFAULT 'Pending',
    "error" TEXT,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "enrichment_results_pkey" PRIMARY KEY ("indicator_id","provider_name")
);

-- CreateTable
CREATE TABLE "idempotency_records" (
    "api_key_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status_code" INTEGER,
    "response_body" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_records_pkey" PRIMARY KEY ("api_key_id","key")
);

-- CreateTable
CREATE TABLE "config_version" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "version" BIGINT NOT NULL DEFAULT 1,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "config_version_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alerts_received_at_idx" ON "alerts"("received_at");

-- CreateIndex
CREATE INDEX "alerts_status_id_idx" ON "alerts"("status", "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_severity_id_idx" ON "alerts"("severity", "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_source_name_id_idx" ON "alerts"("source_name", "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_detection_rule_id_id_idx" ON "alerts"("detection_rule_id", "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_tags_idx" ON "alerts" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "dedup_slots_expires_at_idx" ON "dedup_slots"("expires_at");

-- CreateIndex
CREATE INDEX "alert_occurrences_alert_id_received_at_idx" ON "alert_occurrences"("alert_id", "received_at");

-- CreateIndex
CREATE UNIQUE INDEX "indicators_type_value_key" ON "indicators"("type", "value");

-- CreateIndex
CREATE INDEX "alert_indicators_indicator_id_created_at_idx" ON "alert_indicators"("indicator_id", "created_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "detection_rules_source_name_source_rule_id_key" ON "detection_rules"("source_name", "source_rule_id");

-- CreateIndex
CREATE INDEX "workflow_runs_workflow_id_created_at_idx" ON "workflow_runs"("workflow_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "workflow_runs_alert_id_idx" ON "workflow_runs"("alert_id");

-- CreateIndex
CREATE UNIQUE INDEX "approvals_run_id_key" ON "approvals"("run_id");

-- CreateIndex
CREATE INDEX "approvals_status_created_at_idx" ON "approvals"("status", "created_at");

-- CreateIndex
CREATE INDEX "deliveries_agent_id_id_idx" ON "deliveries"("agent_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deliveries_status_id_idx" ON "deliveries"("status", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_alert_id_agent_id_revision_key" ON "deliveries"("alert_id", "agent_id", "revision");

-- CreateIndex
CREATE INDEX "delivery_attempts_delivery_id_started_at_idx" ON "delivery_attempts"("delivery_id", "started_at");

-- CreateIndex
CREATE INDEX "findings_alert_id_id_idx" ON "findings"("alert_id", "id");

-- CreateIndex
CREATE INDEX "activity_alert_id_id_idx" ON "activity"("alert_id", "id");

-- CreateIndex
CREATE INDEX "api_keys_created_at_id_idx" ON "api_keys"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "idempotency_records_created_at_idx" ON "idempotency_records"("created_at");

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_detection_rule_id_fkey" FOREIGN KEY ("detection_rule_id") REFERENCES "detection_rules"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_occurrences" ADD CONSTRAINT "alert_occurrences_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_indicators" ADD CONSTRAINT "alert_indicators_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_indicators" ADD CONSTRAINT "alert_indicators_indicator_id_fkey" FOREIGN KEY ("indicator_id") REFERENCES "indicators"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "workflow_runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "findings" ADD CONSTRAINT "findings_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "activity" ADD CONSTRAINT "activity_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrichment_results" ADD CONSTRAINT "enrichment_results_indicator_id_fkey" FOREIGN KEY ("indicator_id") REFERENCES "indicators"("id") ON DELETE CASCADE ON UPDATE CASCADE;



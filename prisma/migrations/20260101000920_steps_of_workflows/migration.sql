-- Workflows have steps, and are kept in every version.
ALTER TABLE "workflows"
  ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "definition" JSONB NOT NULL DEFAULT '{"steps": []}',
  ADD COLUMN "base_url" TEXT,
  ADD COLUMN "secret_names" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "needs_base_url" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "approvers" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "builtin_name" TEXT;

CREATE UNIQUE INDEX "workflows_builtin_name" ON "workflows" ("builtin_name");

CREATE TABLE "workflow_versions" (
  "workflow_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "content" JSONB NOT NULL,
  "created_by" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "workflow_versions_pkey" PRIMARY KEY ("workflow_id", "version"),
  CONSTRAINT "workflow_versions_workflow_id_fkey" FOREIGN KEY ("workflow_id")
    REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO "workflow_versions" ("workflow_id", "version", "content", "created_at")
SELECT "id", 1, jsonb_build_object(
    'name', "name", 'documentation', "documentation", 'approval_mode', "approval_mode",
    'risk_level', "risk_level", 'indicator_types', to_jsonb("indicator_types"), 'base_url', NULL,
    'approvers', '[]'::jsonb, 'definition', '{"steps": []}'::jsonb), "updated_at"
  FROM "workflows";

-- Secrets of workflows: encrypted, for some origins, and for the workflows that they are granted to.
CREATE TABLE "secrets" (
  "name" TEXT NOT NULL,
  "value_encrypted" TEXT NOT NULL,
  "allowed_origins" TEXT[],
  "created_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "secrets_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "secret_grants" (
  "secret_name" TEXT NOT NULL,
  "workflow_id" UUID NOT NULL,
  CONSTRAINT "secret_grants_pkey" PRIMARY KEY ("secret_name", "workflow_id"),
  CONSTRAINT "secret_grants_secret_name_fkey" FOREIGN KEY ("secret_name")
    REFERENCES "secrets"("name") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "secret_grants_workflow_id_fkey" FOREIGN KEY ("workflow_id")
    REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "secret_grants_workflow_id_idx" ON "secret_grants" ("workflow_id");

-- A workflow is pushed only while its secrets are granted.
CREATE TRIGGER "secret_grants_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "secret_grants" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

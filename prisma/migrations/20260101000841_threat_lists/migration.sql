-- Threat lists of the API. `entries` is what was read of the content, as JSON text.
CREATE TABLE "threat_lists" (
  "id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "description" TEXT NOT NULL DEFAULT '',
  "verdict" TEXT NOT NULL,
  "format" TEXT NOT NULL,
  "is_active" BOOLEAN NOT NULL DEFAULT true,
  "entries" TEXT NOT NULL,
  "entry_count" INTEGER NOT NULL,
  "skipped_count" INTEGER NOT NULL DEFAULT 0,
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "threat_lists_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "threat_lists_verdict_check" CHECK ("verdict" IN ('allow', 'deny'))
);
CREATE UNIQUE INDEX "threat_lists_name_key" ON "threat_lists" ("name");

CREATE TRIGGER "threat_lists_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "threat_lists" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

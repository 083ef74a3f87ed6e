-- What a source sent that could not be read.
ALTER TABLE "sources"
  ADD COLUMN "quarantined_count" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "last_quarantined_at" TIMESTAMPTZ(3),
  ADD COLUMN "last_quarantined_reason" TEXT;

-- Texts that are not JSON are kept up to a number for each source.
CREATE INDEX "alerts_unread_texts_idx" ON "alerts" ("source_name")
  WHERE "stage" = 'quarantined' AND "failure_code" = 'body.malformed' AND "status" <> 'Closed';

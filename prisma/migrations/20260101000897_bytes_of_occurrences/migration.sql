-- What the sender sent of a later message, as alerts have it of the first one.
ALTER TABLE "alert_occurrences"
  ADD COLUMN "original_content_type" TEXT,
  ADD COLUMN "original_body" BYTEA;

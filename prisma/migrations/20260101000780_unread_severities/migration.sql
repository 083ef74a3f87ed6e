-- Alerts whose severity nobody could read.
ALTER TABLE "sources" ADD COLUMN "unread_severity_count" BIGINT NOT NULL DEFAULT 0;

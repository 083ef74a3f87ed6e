-- What extraction left unread because of a limit.
ALTER TABLE "alerts" ADD COLUMN "extraction_notes" TEXT[] DEFAULT ARRAY[]::TEXT[];

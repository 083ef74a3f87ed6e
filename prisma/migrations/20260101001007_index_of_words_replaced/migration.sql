-- So that Postgres knows words and days as it should. First, because the index takes a lock with it that keeps everybody out.
ANALYZE "alert_texts";
-- "alert_texts_words_by_day_idx" does what it did.
DROP INDEX IF EXISTS "alert_texts_words_idx";

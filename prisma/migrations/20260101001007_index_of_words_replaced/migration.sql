-- "alert_texts_words_by_day_idx" does what it did.
DROP INDEX IF EXISTS "alert_texts_words_idx";
ANALYZE "alert_texts";

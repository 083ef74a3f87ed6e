-- Words and days in one index, which finds what has both. A GIN index takes arrays, not dates.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alert_texts_words_by_day_idx" ON "alert_texts" USING GIN ("words", (ARRAY["received_on"]));

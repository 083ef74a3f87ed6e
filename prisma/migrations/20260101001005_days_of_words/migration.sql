-- The day (UTC) on which an alert was received, so that what words find is read from the newest days on. It is not known of what
-- stands there already, nor of what the version before writes: that is looked at with every day.
ALTER TABLE "alert_texts" ADD COLUMN "received_on" DATE NOT NULL DEFAULT '-infinity';
-- By default Postgres notes how many alerts have each of the thousand most frequent words, and guesses for others: now four thousand.
ALTER TABLE "alert_texts" ALTER COLUMN "words" SET STATISTICS 400;

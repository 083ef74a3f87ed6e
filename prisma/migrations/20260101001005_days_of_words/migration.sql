-- The day (UTC) on which an alert was received, so that what words find is read from the newest days on. It is not known of what
-- stands there already, nor of what the version before writes: that is looked at with every day.
ALTER TABLE "alert_texts" ADD COLUMN "received_on" DATE NOT NULL DEFAULT '-infinity';
-- Of the thousand words that Postgres notes by default, most are of no help to say how many alerts a word has.
ALTER TABLE "alert_texts" ALTER COLUMN "words" SET STATISTICS 400;

-- Words of an alert, written when it is extracted, so that its insertion costs nothing more.
CREATE TABLE "alert_texts" (
  "alert_id" UUID NOT NULL,
  "words" TSVECTOR NOT NULL,
  CONSTRAINT "alert_texts_pkey" PRIMARY KEY ("alert_id"),
  CONSTRAINT "alert_texts_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Punctuation of ASCII parts words, so that a part of a host, a path or an address is found.
CREATE FUNCTION "calseta_words"("written" TEXT) RETURNS TSVECTOR
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN to_tsvector('simple', translate(left("written", 10000), E'\t\n\r!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 35)));

-- Of the alerts that are there already, the newest.
INSERT INTO "alert_texts" ("alert_id", "words")
SELECT "id", "calseta_words"(concat_ws(' ', "title", "description", "source_rule_name", "source_rule_id", "native_alert_id",
         array_to_string("hosts", ' '), array_to_string("users", ' '), array_to_string("tags", ' ')))
  FROM (SELECT * FROM "alerts" ORDER BY "id" DESC LIMIT 100000) AS "newest";

CREATE INDEX "alert_texts_words_idx" ON "alert_texts" USING GIN ("words");

-- What people and agents say about an alert.
CREATE TABLE "alert_comments" (
  "id" UUID NOT NULL,
  "alert_id" UUID NOT NULL,
  "text" TEXT NOT NULL,
  "created_by" TEXT NOT NULL,
  "agent_id" UUID,
  "agent_name" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "alert_comments_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "alert_comments_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "alert_comments_alert_id_id_idx" ON "alert_comments" ("alert_id", "id");

-- Who works on an alert.
ALTER TABLE "alerts" ADD COLUMN "assignee" TEXT;

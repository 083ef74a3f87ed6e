-- What a provider outside said about an indicator, behind its newest result; without secrets.
CREATE TABLE "enrichment_raw_answers" (
  "indicator_id" UUID NOT NULL,
  "provider_name" TEXT NOT NULL,
  "fetched_at" TIMESTAMPTZ(3) NOT NULL,
  "steps" JSONB NOT NULL,
  CONSTRAINT "enrichment_raw_answers_pkey" PRIMARY KEY ("indicator_id", "provider_name"),
  CONSTRAINT "enrichment_raw_answers_indicator_id_fkey" FOREIGN KEY ("indicator_id")
    REFERENCES "indicators"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

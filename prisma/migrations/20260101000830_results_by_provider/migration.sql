-- Which providers know nothing about an alert's indicators, and why others did not answer.
ALTER TABLE "alerts"
  ADD COLUMN "enrichment_not_found" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "enrichment_reasons" JSONB NOT NULL DEFAULT '{}';

-- How far an alert may be shared (TLP), and how far a provider is trusted with it.
ALTER TABLE "alerts" ADD COLUMN "tlp" TEXT;
ALTER TABLE "enrichment_providers"
  ADD COLUMN "max_tlp" TEXT NOT NULL DEFAULT 'AMBER',
  ADD COLUMN "roles" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

-- Indicators that people and agents added to an alert. A constant default rewrites nothing.
ALTER TABLE "alerts" ADD COLUMN "added_indicators" JSONB NOT NULL DEFAULT '[]';

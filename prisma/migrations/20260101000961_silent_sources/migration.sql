-- How often something is expected of a source, and since when nothing came where agents were told of it. Neither is cached by the
-- services, so neither counts as a change of the configuration.
ALTER TABLE "sources"
  ADD COLUMN "expected_every_seconds" INTEGER,
  ADD COLUMN "silent_since" TIMESTAMPTZ(3),
  ADD CONSTRAINT "sources_expected_every_seconds_check" CHECK ("expected_every_seconds" > 0);

-- "alerts_closed_by_idx" holds all that it holds.
DROP INDEX IF EXISTS "alerts_closed_idx";

-- "alerts_muted_received_idx" does what it did.
DROP INDEX IF EXISTS "alerts_muted_idx";

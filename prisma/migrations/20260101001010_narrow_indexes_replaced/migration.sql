-- "alerts_muted_listed_idx" and "alerts_unanswered_listed_idx" do what they did.
DROP INDEX IF EXISTS "alerts_muted_received_idx";
DROP INDEX IF EXISTS "alerts_unanswered_idx";

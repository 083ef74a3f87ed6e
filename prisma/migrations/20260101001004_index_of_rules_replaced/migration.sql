-- "alerts_rule_received_idx" does what it did.
DROP INDEX IF EXISTS "alerts_detection_rule_id_id_idx";

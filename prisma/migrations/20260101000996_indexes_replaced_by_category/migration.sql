-- "alerts_category_idx" does what they did.
DROP INDEX IF EXISTS "alerts_status_id_idx";
DROP INDEX IF EXISTS "alerts_severity_id_idx";
DROP INDEX IF EXISTS "alerts_source_name_id_idx";

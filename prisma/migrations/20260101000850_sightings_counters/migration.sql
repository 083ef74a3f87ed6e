-- How often alerts contained an indicator, and how they were judged: kept by extraction and by whatever judges an alert,
-- instead of counting again for each alert.
ALTER TABLE "indicators"
  ADD COLUMN "alert_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "benign_alerts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "suspicious_alerts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "malicious_alerts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "confirmed_malicious_alerts" INTEGER NOT NULL DEFAULT 0;

UPDATE "indicators" i
   SET "alert_count" = counted.alerts, "benign_alerts" = counted.benign,
       "suspicious_alerts" = counted.suspicious, "malicious_alerts" = counted.malicious,
       "confirmed_malicious_alerts" = counted.confirmed
  FROM (SELECT l."indicator_id", count(*) AS alerts,
               count(*) FILTER (WHERE coalesce(a."malice_override", a."malice") = 'Benign') AS benign,
               count(*) FILTER (WHERE coalesce(a."malice_override", a."malice") = 'Suspicious') AS suspicious,
               count(*) FILTER (WHERE coalesce(a."malice_override", a."malice") = 'Malicious') AS malicious,
               count(*) FILTER (WHERE a."malice_override" = 'Malicious') AS confirmed
          FROM "alert_indicators" l JOIN "alerts" a ON a."id" = l."alert_id"
         GROUP BY l."indicator_id") counted
 WHERE i."id" = counted."indicator_id";

DELETE FROM "enrichment_results" WHERE "provider_name" = 'sightings';

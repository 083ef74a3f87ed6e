-- What an import of rule files may write: fields that a person edited keep what the person wrote. Of earlier rules, those
-- that were not made by an alert were written by a person.
ALTER TABLE "detection_rules"
  ADD COLUMN "edited_fields" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "imported_rule_id" TEXT,
  ADD COLUMN "imported_at" TIMESTAMPTZ(3);

UPDATE "detection_rules"
   SET "edited_fields" = ARRAY['name', 'severity', 'mitre_tactics', 'mitre_techniques', 'documentation']
 WHERE NOT "is_auto_created";

-- Rules are found by their id in any source, by the id of the file that wrote them, and by name.
CREATE INDEX "detection_rules_source_rule_id_idx" ON "detection_rules" ("source_rule_id");
CREATE INDEX "detection_rules_imported_rule_id_idx" ON "detection_rules" ("imported_rule_id");
CREATE INDEX "detection_rules_lower_name_idx" ON "detection_rules" (lower("name"));

-- Whether a rule was made by its first alert and no person has edited it since. Of earlier rows nothing says who made
-- them: those that nobody documented or changed count as made by an alert.
ALTER TABLE "detection_rules" ADD COLUMN "is_auto_created" BOOLEAN NOT NULL DEFAULT false;

UPDATE "detection_rules" SET "is_auto_created" = true
 WHERE "source_rule_id" IS NOT NULL AND "documentation" = '' AND "updated_at" = "created_at";

-- When the settings of a key last changed; its use does not count. At most some ten thousand rows.
ALTER TABLE "api_keys" ADD COLUMN "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now();
UPDATE "api_keys" SET "updated_at" = "created_at";

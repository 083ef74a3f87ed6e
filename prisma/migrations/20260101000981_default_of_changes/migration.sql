-- Spelt as the Prisma schema spells it.
ALTER TABLE "api_keys" ALTER COLUMN "updated_at" SET DEFAULT CURRENT_TIMESTAMP;

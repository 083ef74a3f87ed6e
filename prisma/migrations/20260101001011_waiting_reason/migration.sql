-- Why a lookup waits, for the alerts that miss its answer when it has waited too long. The version before writes none.
ALTER TABLE "provider_lookups" ADD COLUMN "waiting_reason" TEXT;

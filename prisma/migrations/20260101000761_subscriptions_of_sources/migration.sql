-- Requests of Amazon SNS to confirm a subscription, which an operator answers.
ALTER TABLE "sources" ADD COLUMN "subscriptions" JSONB NOT NULL DEFAULT '[]';

-- About how many tokens the body of the last push had.
ALTER TABLE "deliveries" ADD COLUMN "pushed_tokens" INTEGER;

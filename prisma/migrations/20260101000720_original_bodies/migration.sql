-- How a body was declared, and its bytes where raw_payload in UTF-8 is something else.
ALTER TABLE "alerts" ADD COLUMN "original_content_type" TEXT, ADD COLUMN "original_body" BYTEA;

-- Each version of a context document as it was; the newest is the document itself.
CREATE TABLE "context_document_versions" (
  "document_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "title" TEXT NOT NULL,
  "doc_type" "doc_type" NOT NULL,
  "content" TEXT NOT NULL,
  "is_global" BOOLEAN NOT NULL,
  "targeting_rules" JSONB,
  "tags" TEXT[] NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "context_document_versions_pkey" PRIMARY KEY ("document_id", "version"),
  CONSTRAINT "context_document_versions_document_id_fkey" FOREIGN KEY ("document_id")
    REFERENCES "context_documents"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO "context_document_versions"
SELECT "id", "version", "title", "doc_type", "content", "is_global", "targeting_rules", "tags", "updated_at"
  FROM "context_documents";

-- Whom an agent's connections trust, and as whom they appear: PEM, the key encrypted.
ALTER TABLE "agents"
  ADD COLUMN "tls_ca" TEXT,
  ADD COLUMN "tls_certificate" TEXT,
  ADD COLUMN "tls_key_encrypted" TEXT;
CREATE TRIGGER "agents_config_version_of_tls"
  AFTER UPDATE OF "tls_ca", "tls_certificate", "tls_key_encrypted"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

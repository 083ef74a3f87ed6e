import { createHash, createSecretKey, type KeyObject } from 'node:crypto';

/** AES-256. */
export const ENCRYPTION_KEY_BYTES = 32;
const KEY_ID_CHARACTERS = 8;

export type EncryptionKey = {
  /** Identifies the key in encrypted texts; derived from the key, so that it needs no configuration. */
  id: string;
  key: KeyObject;
};

/** Creates an encryption key from 32 bytes. */
export function encryptionKey(bytes: Uint8Array): EncryptionKey {
  const digest = createHash('sha256').update('calseta key id\n').update(bytes).digest('hex');
  return { id: digest.slice(0, KEY_ID_CHARACTERS), key: createSecretKey(bytes) };
}

/**
 * Reads `CALSETA_ENCRYPTION_KEY`: 32 bytes in base64 or hex, several keys separated by commas. Undefined when
 * malformed.
 */
export function parseEncryptionKeys(text: string): EncryptionKey[] | undefined {
  const keys = text.split(',').map((part) => decodeKey(part.trim()));
  return keys.every((key) => key?.length === ENCRYPTION_KEY_BYTES)
    ? keys.map((key) => encryptionKey(key ?? new Uint8Array()))
    : undefined;
}

function decodeKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

/**
 * Development only, when no key is configured: public, and the same in every process, so that services can read each
 * other's secrets. Production refuses to start without a key.
 */
export const developmentKey = (): EncryptionKey =>
  encryptionKey(createHash('sha256').update('calseta development key').digest());

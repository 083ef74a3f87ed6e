import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '@calseta/common';
import { type EncryptionKey } from './encryption-key.js';

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts secrets that must be readable again: `v1:<key id>:<nonce>:<ciphertext and tag>`, in base64url. */
export interface Cipher {
  encrypt(plaintext: string): string;
  /** Throws when the text was changed or its key is not configured. */
  decrypt(text: string): string;
  /** False for a text that key rotation must encrypt again. */
  isCurrent(text: string): boolean;
}

/** The first key encrypts, all keys decrypt, so that keys can be rotated without downtime. */
export function createCipher({ keys }: { keys: readonly EncryptionKey[] }): Cipher {
  const [current] = keys;
  if (!current) throw new AppError('internal.error', 'A cipher needs at least one key.');
  const keyById = new Map(keys.map((key) => [key.id, key]));
  const currentPrefix = `${VERSION}:${current.id}:`;

  return {
    encrypt(plaintext) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, current.key, nonce).setAAD(aad(current.id));
      const data = Buffer.concat([
        cipher.update(plaintext, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${currentPrefix}${nonce.toString('base64url')}:${data.toString('base64url')}`;
    },

    decrypt(text) {
      const { keyId, nonce, data } = parse(text);
      const key = keyById.get(keyId);
      if (!key) throw undecipherable(`it needs key "${keyId}", which is not configured`);
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(ALGORITHM, key.key, nonce, options)
        .setAAD(aad(keyId))
        .setAuthTag(data.subarray(-TAG_BYTES));
      try {
        return (
          decipher.update(data.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
        );
      } catch (error) {
        throw undecipherable('it was altered, or encrypted with another key of the same id', error);
      }
    },

    isCurrent: (text) => text.startsWith(currentPrefix),
  };
}

/** Binds the ciphertext to the version and key id in its text form. */
const aad = (keyId: string) => Buffer.from(`${VERSION}:${keyId}`);

function parse(text: string) {
  const [version, keyId = '', nonceText = '', dataText = '', ...rest] = text.split(':');
  const nonce = Buffer.from(nonceText, 'base64url');
  const data = Buffer.from(dataText, 'base64url');
  const wellFormed =
    version === VERSION &&
    rest.length === 0 &&
    nonce.length === NONCE_BYTES &&
    data.length >= TAG_BYTES;
  if (!wellFormed) throw undecipherable('it is not of the form v1:<key id>:<nonce>:<data>');
  return { keyId, nonce, data };
}

const undecipherable = (why: string, cause?: unknown) =>
  new AppError('internal.error', `A stored secret cannot be decrypted: ${why}.`, { cause });

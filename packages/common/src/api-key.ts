import { hash, randomBytes } from 'node:crypto';

/** `cai_<16 characters of id>_<43 characters of secret>`: 96 and 256 random bits in base64url. */
const MADE_KEY = /^cai_([\w-]{16})_[\w-]{43}$/;
/** The form of a key that an operator chooses for the first start. */
const CHOSEN_KEY = /^cai_[\x21-\x7e]{28,252}$/;
const ID_LENGTH = 16;
const ID_BYTES = 12;
const SECRET_BYTES = 32;

/** Creates a key. Only its hash may be stored. */
export function generateApiKey(): { id: string; key: string; hash: Uint8Array } {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const key = `cai_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, key, hash: hashApiKey(key) };
}

/** SHA-256 of the whole key. A slow hash adds nothing, because the key has enough entropy. */
export const hashApiKey = (key: string): Uint8Array => hash('sha256', key, 'buffer');

/** The id and the hash of a key; null if it does not have the form of a key. */
export function parseApiKey(key: string): { id: string; hash: Uint8Array } | null {
  const madeId = MADE_KEY.exec(key)?.[1];
  if (madeId === undefined && !CHOSEN_KEY.test(key)) return null;
  const hashed = hashApiKey(key);
  const id = madeId ?? Buffer.from(hashed).toString('base64url').slice(0, ID_LENGTH);
  return { id, hash: hashed };
}

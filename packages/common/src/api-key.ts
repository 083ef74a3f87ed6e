import { hash, randomBytes } from 'node:crypto';

/** `cai_<16 characters of id>_<43 characters of secret>`: 96 and 256 random bits in base64url. */
const MADE_KEY = /^cai_([\w-]{16})_[\w-]{43}$/;
/** A key that an operator chose for the first start. */
const CHOSEN_KEY = /^cai_[\x21-\x7e]{28,252}$/;
const ID_LENGTH = 16;
const ID_BYTES = 12;
const SECRET_BYTES = 32;

/** Makes a key; only its hash is to be stored. */
export function generateApiKey(): { id: string; key: string; hash: Uint8Array } {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const key = `cai_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, key, hash: hashApiKey(key) };
}

/** SHA-256 of the whole key; with this much entropy a slow hash would add nothing. */
export const hashApiKey = (key: string): Uint8Array => hash('sha256', key, 'buffer');

/** The id to look a key up by, and its hash; null when it is not shaped like one of ours. */
export function parseApiKey(key: string): { id: string; hash: Uint8Array } | null {
  const madeId = MADE_KEY.exec(key)?.[1];
  if (madeId === undefined && !CHOSEN_KEY.test(key)) return null;
  const hashed = hashApiKey(key);
  const id = madeId ?? Buffer.from(hashed).toString('base64url').slice(0, ID_LENGTH);
  return { id, hash: hashed };
}

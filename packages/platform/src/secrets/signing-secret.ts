import { randomBytes } from 'node:crypto';

/** Standard Webhooks requires 24–64 bytes. */
const SECRET_BYTES = 32;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const PREFIX = 'whsec_';

/** Creates a secret that signs an agent's webhooks: `whsec_` and 32 random bytes in base64. */
export const generateSigningSecret = (): string =>
  PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** Key bytes of a `whsec_…` secret; undefined for any other text. */
export function decodeSigningSecret(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : undefined;
  if (text === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= MIN_SECRET_BYTES && key.length <= MAX_SECRET_BYTES ? key : undefined;
}

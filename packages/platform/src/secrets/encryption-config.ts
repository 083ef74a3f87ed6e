import { z } from 'zod';
import { type Config, ConfigError } from '../config/load-config.js';
import { Secret } from '../config/secret.js';
import { type Cipher, createCipher } from './cipher.js';
import { developmentKey, type EncryptionKey, parseEncryptionKeys } from './encryption-key.js';

const keysSchema = z.string().transform((text, context): Secret<EncryptionKey[]> => {
  const keys = parseEncryptionKeys(text);
  if (!keys) context.addIssue('must be 32 bytes in base64 or hex; several separated by commas');
  return new Secret(keys ?? []);
});

export const encryptionConfig = {
  NODE_ENV: z
    .string()
    .default('development')
    .describe('`production` refuses the conveniences of development.'),
  CALSETA_ENCRYPTION_KEY: keysSchema
    .optional()
    .describe(
      'Encrypts stored secrets: 32 bytes in base64 or hex (`openssl rand -base64 32`). Several, separated by commas, while rotating: the first encrypts. Required in production.',
    ),
} as const;

/** Creates the configured cipher; production has no default key. */
export function cipherOf(config: Config<typeof encryptionConfig>): Cipher {
  const keys = config.CALSETA_ENCRYPTION_KEY?.reveal();
  if (!keys && config.NODE_ENV === 'production') {
    throw new ConfigError(['CALSETA_ENCRYPTION_KEY: is required in production']);
  }
  return createCipher({ keys: keys ?? [developmentKey()] });
}

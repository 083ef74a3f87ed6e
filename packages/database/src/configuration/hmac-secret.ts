import { z } from 'zod';

const storedHmacSecretsSchema = z.array(
  z.object({ id: z.string(), encrypted: z.string(), created_at: z.string() }),
);
export type StoredHmacSecret = z.infer<typeof storedHmacSecretsSchema>[number];

/** Reads the stored secrets of a source. */
export const readHmacSecrets = (column: unknown): StoredHmacSecret[] =>
  storedHmacSecretsSchema.parse(column);

import { generateApiKey, parseApiKey, SYSTEM_PRINCIPAL } from '@calseta/common';
import { type Database } from '../core/database.js';

/** An arbitrary number that no other lock in this database uses. */
const ADVISORY_LOCK = 4_261_007;

const INSERT_ADMIN_KEY = `
  INSERT INTO api_keys (id, name, key_type, scopes, secret_hash, created_by)
  VALUES ($1, $2, 'human', '{admin}', $3, '${SYSTEM_PRINCIPAL}')
  ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash`;

/**
 * Stores the bootstrap key as an admin key, or creates an admin key if there was never one. A revoked bootstrap key
 * stays revoked.
 */
export async function ensureAdminKey(
  database: Pick<Database, 'transaction'>,
  bootstrapKey: string | undefined,
): Promise<{ createdKey?: string }> {
  return await database.transaction(async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);

    if (bootstrapKey !== undefined) {
      const parsed = parseApiKey(bootstrapKey);
      if (!parsed) {
        throw new Error(
          'The bootstrap API key must start with cai_ and have 32 to 256 characters.',
        );
      }
      const known = await client.query(
        'SELECT 1 FROM api_keys WHERE id = $1 AND secret_hash = $2',
        [parsed.id, parsed.hash],
      );
      // Checked first, because every write makes all processes reload their configuration.
      if (known.rowCount === 0) {
        await client.query(INSERT_ADMIN_KEY, [parsed.id, 'bootstrap', parsed.hash]);
      }
      return {};
    }

    const admins = await client.query(`SELECT 1 FROM api_keys WHERE 'admin' = ANY(scopes) LIMIT 1`);
    if (admins.rowCount !== 0) return {};
    const { id, key, hash } = generateApiKey();
    await client.query(INSERT_ADMIN_KEY, [id, 'first admin key', hash]);
    return { createdKey: key };
  });
}

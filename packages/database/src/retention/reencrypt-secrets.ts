import { type Database } from '../core/database.js';

/** Port: encrypts with the first key, and decrypts with all. */
export interface SecretCipher {
  encrypt(plaintext: string): string;
  decrypt(text: string): string;
  isCurrent(text: string): boolean;
}

export type Reencrypted = { column: string; changed: number; unreadable: number };

type Column = { table: string; name: string; type: string };

/** An encrypted secret; in JSON too, because none of its characters is escaped there. */
const SECRET = /v1:[\w-]+:[\w-]+:[\w-]+/g;
const BATCH_SIZE = 100;

/** Columns of JSON with secrets inside. Answers that idempotency keeps expire within a day instead. */
const WITH_SECRETS_INSIDE = [
  ['agents', 'headers'],
  ['enrichment_providers', 'credentials'],
  ['enrichment_providers', 'config'],
  ['sources', 'hmac_secrets'],
].map(([table, name]) => `('${table}', '${name}')`);

const FIND_COLUMNS = `
  SELECT table_name AS table, column_name AS name, udt_name AS type FROM information_schema.columns
   WHERE table_schema = current_schema()
     AND (column_name LIKE '%\\_encrypted' OR (table_name, column_name) IN (${WITH_SECRETS_INSIDE.join(', ')}))
   ORDER BY table_name, column_name`;

/**
 * Encrypts every stored secret with the first key. Only a row that still has what was read is written, so services may run
 * meanwhile, and a run that was cut off is simply started again. What no key reads stays as it is, and is counted.
 */
export async function reencryptSecrets(
  database: Pick<Database, 'query'>,
  cipher: SecretCipher,
): Promise<Reencrypted[]> {
  const { rows: columns } = await database.query<Column>(FIND_COLUMNS, []);
  const done: Reencrypted[] = [];
  for (const column of columns) done.push(await reencryptColumn(database, cipher, column));
  return done;
}

async function reencryptColumn(
  database: Pick<Database, 'query'>,
  cipher: SecretCipher,
  { table, name, type }: Column,
): Promise<Reencrypted> {
  const [, keyId = ''] = cipher.encrypt('').split(':');
  const quoted = `"${table}"."${name}"`;
  const find = `
    SELECT DISTINCT ${quoted}::text AS text FROM "${table}"
     WHERE ${quoted}::text ~ ('v1:(?!' || $1 || ':)[A-Za-z0-9_-]+:[A-Za-z0-9_-]+:')
     ORDER BY 1 OFFSET $2 LIMIT ${BATCH_SIZE}`;
  const replace = `UPDATE "${table}" SET "${name}" = $2::${type} WHERE ${quoted}::text = $1`;
  const result: Reencrypted = { column: `${table}.${name}`, changed: 0, unreadable: 0 };
  for (;;) {
    const { rows } = await database.query<{ text: string }>(find, [keyId, result.unreadable]);
    if (rows.length === 0) return result;
    for (const { text } of rows) {
      const renewed = renew(text, cipher);
      if (renewed === undefined) result.unreadable += 1;
      else result.changed += (await database.query(replace, [text, renewed])).rowCount ?? 0;
    }
  }
}

/** Undefined when a secret in the text cannot be read. */
function renew(text: string, cipher: SecretCipher): string | undefined {
  try {
    return text.replace(SECRET, (secret) =>
      cipher.isCurrent(secret) ? secret : cipher.encrypt(cipher.decrypt(secret)),
    );
  } catch {
    return undefined;
  }
}

import { type Database } from '../core/database.js';

/** Age from which on entries are no longer kept, days. */
export type AuditAge = { days: number };

const EMPTY_TEXTS = `
  UPDATE audit_entries SET before = NULL, after = NULL, before_salt = NULL, after_salt = NULL
   WHERE id IN (
     SELECT id FROM audit_entries
      WHERE (before_salt IS NOT NULL OR after_salt IS NOT NULL)
        AND at < now() - make_interval(days => $1)
      ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

export const emptyTexts = async (
  { query }: Pick<Database, 'query'>,
  { days }: AuditAge,
  limit: number,
): Promise<number> => (await query(EMPTY_TEXTS, [days, limit])).rowCount ?? 0;

const LOCK_BASE = 'SELECT base_sequence FROM audit_chain WHERE id = 1 FOR UPDATE';

const READ_OLDEST = `
  SELECT sequence::float8 AS sequence, hash, at < now() - make_interval(days => $1) AS "isOld"
    FROM audit_entries WHERE sequence > $2 ORDER BY sequence LIMIT $3`;

const MOVE_BASE = 'UPDATE audit_chain SET base_sequence = $1, base_hash = $2 WHERE id = 1';
const DELETE_BEFORE_BASE = 'DELETE FROM audit_entries WHERE sequence <= $1';

/** Only entries at the beginning of the chain go, so that what is kept is still linked without a gap. */
export const deleteOldest = async (
  { transaction }: Pick<Database, 'transaction'>,
  { days }: AuditAge,
  limit: number,
): Promise<number> =>
  await transaction(async (client) => {
    const { rows: bases } = await client.query<{ base_sequence: string }>(LOCK_BASE);
    const { rows } = await client.query<{ sequence: number; hash: string; isOld: boolean }>(
      READ_OLDEST,
      [days, bases[0]?.base_sequence, limit],
    );
    const firstKept = rows.findIndex(({ isOld }) => !isOld);
    const old = firstKept === -1 ? rows : rows.slice(0, firstKept);
    const last = old.at(-1);
    if (!last) return 0;
    client.send(MOVE_BASE, [last.sequence, last.hash]);
    client.send(DELETE_BEFORE_BASE, [last.sequence]);
    return old.length;
  });

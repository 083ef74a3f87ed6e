import { randomUUID } from 'node:crypto';
import { backOffMs, pause } from '@calseta/async';
import pg from 'pg';
import { type Migration } from './read-migrations.js';

export type Patience = {
  /** Longest wait of one statement for a lock, ms: whoever wants the table meanwhile waits behind it. */
  lockTimeoutMs: number;
  /** Time after which a migration is not tried again, ms. */
  giveUpAfterMs: number;
  /** Called before each wait for another try. */
  onBusy?: ((facts: { migration: string; tries: number }) => void) | undefined;
};

/** An index that is built while its table is written. Such a migration holds this one statement. */
const CONCURRENT_INDEX =
  /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+"?(\w+)"?/i;
/** lock_not_available, deadlock_detected. */
const BUSY = new Set(['55P03', '40P01']);
const COMMENT = /^[\t ]*--[^\n]*/gm;

const RECORD = `
  INSERT INTO "_prisma_migrations"
    (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`;

/** Applies one migration; a busy table is left alone and tried again, so that nobody waits long behind it. */
export async function applyMigration(
  client: pg.Client,
  migration: Migration,
  { lockTimeoutMs, giveUpAfterMs, onBusy }: Patience,
): Promise<void> {
  const deadline = performance.now() + giveUpAfterMs;
  const [, index] = CONCURRENT_INDEX.exec(migration.sql.replace(COMMENT, '')) ?? [];
  const attempt = async (): Promise<void> =>
    index === undefined
      ? await inTransaction(client, migration, lockTimeoutMs)
      : await buildIndex(client, migration, { index, giveUpAfterMs });
  for (let tries = 1; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      const isBusy = error instanceof pg.DatabaseError && BUSY.has(error.code ?? '');
      if (!isBusy || performance.now() >= deadline) {
        throw new Error(explain(migration, index, tries), { cause: error });
      }
      onBusy?.({ migration: migration.name, tries });
      await pause(backOffMs(tries));
    }
  }
}

const explain = ({ name }: Migration, index: string | undefined, tries: number): string =>
  `Migration ${name} failed${index === undefined ? ' and was rolled back' : ''} (tries: ${tries}).`;

async function inTransaction(
  client: pg.Client,
  { name, sql, checksum }: Migration,
  lockTimeoutMs: number,
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    await client.query(sql);
    await client.query(RECORD, [randomUUID(), checksum, name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/**
 * Blocks no writer, so it may wait long for the transactions of others. A build that was cut off leaves an invalid index,
 * which is removed first; one that was finished and not recorded is only recorded.
 */
async function buildIndex(
  client: pg.Client,
  { name, sql, checksum }: Migration,
  { index, giveUpAfterMs }: { index: string; giveUpAfterMs: number },
): Promise<void> {
  await client.query(`SET lock_timeout = ${giveUpAfterMs}`);
  const { rowCount } = await client.query(
    'SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid',
    [`"${index}"`],
  );
  if (rowCount) await client.query(`DROP INDEX CONCURRENTLY "${index}"`);
  await client.query(sql);
  await client.query(RECORD, [randomUUID(), checksum, name]);
}

import { randomUUID } from 'node:crypto';
import { type TlsFiles } from '@calseta/common';
import pg from 'pg';
import { connectionOf } from '../core/database-tls.js';
import { type Migration, readMigrations } from './read-migrations.js';

export type MigrateOptions = {
  url: string;
  tls?: TlsFiles | undefined;
  directory?: string;
  log?: (applied: { migration: string; durationMs: number }) => void;
};

/** The lock of Prisma's own engine, so that `prisma migrate deploy` waits too. */
const ADVISORY_LOCK = 72_707_369;
/** Longest wait for another process that migrates. */
const LOCK_TIMEOUT_MS = 300_000;
const CONNECT_TIMEOUT_MS = 10_000;

// Same columns as Prisma's table, so that `prisma migrate status` can read it.
const CREATE_JOURNAL = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

type JournalRow = { migration_name: string; checksum: string; finished_at: Date | null };

/** Applies missing migrations, each in a transaction; of several concurrent callers, one does the work. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.directory);
  const client = new pg.Client({
    ...connectionOf(options.url, options.tls),
    application_name: 'calseta-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    // A session lock: it is released when the connection closes, whatever happens before.
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(CREATE_JOURNAL);
    const missing = selectMissing(migrations, await readJournal(client));
    for (const migration of missing) {
      const startedAt = performance.now();
      await apply(client, migration);
      const durationMs = Math.round(performance.now() - startedAt);
      options.log?.({ migration: migration.name, durationMs });
    }
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readJournal(client: pg.Client): Promise<JournalRow[]> {
  const { rows } = await client.query<JournalRow>(
    `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations"
     WHERE rolled_back_at IS NULL`,
  );
  return rows;
}

function selectMissing(migrations: Migration[], journal: JournalRow[]): Migration[] {
  const unfinished = journal.find((row) => row.finished_at === null);
  if (unfinished) {
    throw new Error(
      `Migration ${unfinished.migration_name} was begun and never finished; resolve it with ` +
        '`prisma migrate resolve` first.',
    );
  }
  const applied = new Map(journal.map((row) => [row.migration_name, row.checksum]));
  const changed = migrations.find(({ name, checksum }) => {
    const known = applied.get(name);
    return known !== undefined && known !== checksum;
  });
  if (changed) {
    throw new Error(
      `Migration ${changed.name} was changed after it had been applied to this database; ` +
        'restore its file and write a new migration instead.',
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations"
         (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${name} failed and was rolled back.`, { cause: error });
  }
}

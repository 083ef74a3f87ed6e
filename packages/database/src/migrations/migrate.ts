import { pause } from '@calseta/async';
import { type TlsFiles } from '@calseta/common';
import pg from 'pg';
import { connectionOf } from '../core/connection/database-tls.js';
import { takePooler } from '../core/connection/pooler.js';
import { applyMigration, type Patience } from './apply-migration.js';
import { type Migration, readMigrations } from './read-migrations.js';

export type MigrateOptions = {
  url: string;
  tls?: TlsFiles | undefined;
  directory?: string;
  log?: (applied: { migration: string; durationMs: number }) => void;
  /** Called when a table is busy, before the next try. */
  onBusy?: Patience['onBusy'];
  lockTimeoutMs?: number;
  giveUpAfterMs?: number;
};

/** The lock of Prisma's own engine, so that `prisma migrate deploy` waits too. */
const ADVISORY_LOCK = 72_707_369;
/** Longest wait of a statement for its table; reads and writes of services queue behind it. */
export const LOCK_TIMEOUT_MS = 2_000;
/** Longest wait for another process that migrates, and time after which a busy table fails a migration. */
export const GIVE_UP_AFTER_MS = 300_000;
const TURN_POLL_MS = 200;
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

/**
 * Applies missing migrations, each in a transaction, but for indexes that are built concurrently; of several concurrent
 * callers, one does the work.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  if (takePooler(options.url).isPooled) {
    throw new Error(
      'Migrations hold a lock of their session, which a pooler in transaction mode cannot give: ' +
        'use the URL of Postgres itself, without pgbouncer=true.',
    );
  }
  const migrations = await readMigrations(options.directory);
  const { lockTimeoutMs = LOCK_TIMEOUT_MS, giveUpAfterMs = GIVE_UP_AFTER_MS, onBusy } = options;
  const client = new pg.Client({
    ...connectionOf(options.url, options.tls),
    application_name: 'calseta-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    await takeTurn(client, giveUpAfterMs);
    await client.query(CREATE_JOURNAL);
    const missing = selectMissing(migrations, await readJournal(client));
    for (const migration of missing) {
      const startedAt = performance.now();
      await applyMigration(client, migration, { lockTimeoutMs, giveUpAfterMs, onBusy });
      const durationMs = Math.round(performance.now() - startedAt);
      options.log?.({ migration: migration.name, durationMs });
    }
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/**
 * Takes a lock of the session, which is released when the connection closes. It is asked for again and again: a session that
 * waits in a statement would be waited for by an index that is built concurrently, and both for ever.
 */
async function takeTurn(client: pg.Client, giveUpAfterMs: number): Promise<void> {
  const deadline = performance.now() + giveUpAfterMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS taken',
      [ADVISORY_LOCK],
    );
    if (rows[0]?.taken) return;
    if (performance.now() >= deadline) {
      throw new Error(
        'Another process has been migrating this database for too long; look at its log.',
      );
    }
    await pause(TURN_POLL_MS);
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

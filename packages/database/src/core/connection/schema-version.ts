import { createSingleFlight } from '@calseta/async';
import type pg from 'pg';
import { type DatabaseLog } from './report-outage.js';
import { isTableMissing } from '../errors.js';
import { readMigrationNames } from '../migration-names.js';

/** Versions are names of migrations, whose order is that of the text. */
export type SchemaState = { needed: string; found: string | null; missing: string[] };

export interface SchemaVersion {
  /** Newest migration that this build knows. */
  readonly needed: string;
  /** What is applied and what is missing. A newer schema is fine. Throws when the database does not answer. */
  read(): Promise<SchemaState>;
}

type Options = {
  query: <R extends pg.QueryResultRow>(text: string) => Promise<pg.QueryResult<R>>;
  log?: DatabaseLog | undefined;
  /** Directory of the migrations; that of this build by default. */
  directory?: string | undefined;
  now?: () => number;
};

/** A complete schema is asked for again after this time: an older backup may be restored while services run. */
export const SCHEMA_RECHECK_MS = 10_000;

const READ_APPLIED = `
  SELECT migration_name AS name FROM "_prisma_migrations"
   WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`;

/** Compares the migrations of this build with those of the database; logs once per change that some are missing. */
export async function openSchemaVersion(options: Options): Promise<SchemaVersion> {
  const { log, now = () => performance.now() } = options;
  const known = await readMigrationNames(options.directory);
  const needed = known.at(-1) ?? '';
  let complete: { state: SchemaState; at: number } | undefined;
  let isOutdated = false;

  async function ask(): Promise<SchemaState> {
    const applied = await readApplied(options.query);
    const missing = known.filter((name) => !applied.includes(name));
    const state = { needed, found: applied.at(-1) ?? null, missing };
    report(state);
    complete = missing.length === 0 ? { state, at: now() } : undefined;
    return state;
  }
  function report({ found, missing }: SchemaState): void {
    if (missing.length > 0 === isOutdated) return;
    isOutdated = !isOutdated;
    if (!isOutdated) {
      log?.warn('schema.current', { found, needed });
      return;
    }
    log?.warn('schema.outdated', {
      found,
      needed,
      first_missing: missing[0],
      missing: missing.length,
      what_to_do: 'Run the migrate job of this release; the service becomes ready by itself.',
    });
  }
  const asking = createSingleFlight<'schema', SchemaState>();
  return {
    needed,
    async read() {
      if (complete && now() - complete.at < SCHEMA_RECHECK_MS) return complete.state;
      return await asking.run('schema', ask);
    },
  };
}

/** Nothing in a database that was never migrated: it has no journal. */
async function readApplied(query: Options['query']): Promise<string[]> {
  try {
    return (await query<{ name: string }>(READ_APPLIED)).rows.map(({ name }) => name);
  } catch (error) {
    if (isTableMissing(error)) return [];
    throw error;
  }
}

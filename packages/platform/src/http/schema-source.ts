import { withDeadline } from '@calseta/async';

/** What a process needs of the schema of its database, and what it found. Versions are names of migrations. */
export type SchemaState = {
  needed: string;
  /** Newest migration that was applied; null in an empty database. */
  found: string | null;
  /** Migrations that have to be applied before the process can work, oldest first. */
  missing: string[];
};

/** Port: tells the state of the schema. */
export interface SchemaSource {
  /** Newest migration that this build knows. */
  readonly needed: string;
  /** Rejects when the database does not answer. */
  read(): Promise<SchemaState>;
}

/** Most missing migrations that an answer names. */
export const MAX_MISSING_NAMED = 20;

/** The state, with a bounded list of what is missing; undefined when it cannot be told in time. */
export async function describeSchema(
  schema: SchemaSource,
  timeoutMs: number,
): Promise<SchemaState | undefined> {
  const state = await withDeadline<SchemaState | undefined, undefined>(
    schema.read().catch(() => undefined),
    timeoutMs,
    () => undefined,
  );
  return state && { ...state, missing: state.missing.slice(0, MAX_MISSING_NAMED) };
}

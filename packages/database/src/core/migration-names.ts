import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The same path from `src` and from `dist`. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(
  new URL('../../../../prisma/migrations', import.meta.url),
);

/** The names of the migrations in order. */
export async function readMigrationNames(directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

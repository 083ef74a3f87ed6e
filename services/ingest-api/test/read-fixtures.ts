import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The JSON files in a plugin's `fixtures` folder, by name. */
export function readFixtures(pluginFolder: string): Record<string, unknown> {
  const folder = join(pluginFolder, 'fixtures');
  const entries = readdirSync(folder).map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

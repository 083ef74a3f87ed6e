import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;
/** Standalone keeps its key in the same place, so both can read each other's data. */
const FILE_NAME = 'encryption-key';

/** The key of a data directory; it is generated the first time and readable only by its owner. */
export async function keepEncryptionKey(dataDir: string): Promise<string> {
  const file = join(dataDir, FILE_NAME);
  await mkdir(dataDir, { recursive: true });
  const key = randomBytes(KEY_BYTES).toString('base64');
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;
const ENCRYPTION_KEY_FILE = 'encryption-key';
const ENCRYPTION_KEY_BYTES = 32;

/** Reads a private file of the data directory; undefined when there is none. */
export async function readPrivate(dataDir: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(dataDir, name), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file of the data directory that nobody else may read. */
export async function writePrivate(dataDir: string, name: string, text: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, name), text, { mode: OWNER_ONLY });
  await chmod(join(dataDir, name), OWNER_ONLY);
}

/** The data directory's own encryption key, in base64; made on the first start and kept. */
export async function keptEncryptionKey(dataDir: string): Promise<string> {
  const kept = await readPrivate(dataDir, ENCRYPTION_KEY_FILE);
  if (kept !== undefined) return kept.trim();
  const key = randomBytes(ENCRYPTION_KEY_BYTES).toString('base64');
  await writePrivate(dataDir, ENCRYPTION_KEY_FILE, `${key}\n`);
  return key;
}

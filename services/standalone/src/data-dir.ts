import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, ENCRYPTION_KEY_BYTES, parseEncryptionKeys, Secret } from '@calseta/platform';
import { type StandaloneConfig } from './config.js';

const OWNER_ONLY = 0o600;
const ENCRYPTION_KEY_FILE = 'encryption-key';

/** Reads a private file of the data directory; undefined when there is none. */
export async function readPrivate(dataDir: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(dataDir, name), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file of the data directory that only its owner may read. */
export async function writePrivate(dataDir: string, name: string, text: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, name), text, { mode: OWNER_ONLY });
  await chmod(join(dataDir, name), OWNER_ONLY);
}

/** Adds the encryption key of the data directory to the configuration, unless one was given. */
export async function withKeptEncryptionKey(
  config: StandaloneConfig,
  dataDir: string,
): Promise<StandaloneConfig> {
  if (config.CALSETA_ENCRYPTION_KEY) return config;
  const text = (await readPrivate(dataDir, ENCRYPTION_KEY_FILE)) ?? (await makeKey(dataDir));
  const keys = parseEncryptionKeys(text.trim());
  if (!keys) {
    throw new ConfigError([`${join(dataDir, ENCRYPTION_KEY_FILE)} does not hold a valid key`]);
  }
  return { ...config, CALSETA_ENCRYPTION_KEY: new Secret(keys) };
}

async function makeKey(dataDir: string): Promise<string> {
  const key = randomBytes(ENCRYPTION_KEY_BYTES).toString('base64');
  await writePrivate(dataDir, ENCRYPTION_KEY_FILE, `${key}\n`);
  return key;
}

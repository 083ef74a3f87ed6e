import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.js';
import { waitUntil } from '../processes/wait-until.js';

/** Content of the lock file of a data directory; `status` is `ready` once it accepts connections. */
type PostmasterLock = { pid: number; status: string };

/** When the owner of a server dies, its watcher stops the server within this time. */
const ORPHAN_STOP_MS = 3_000;
const SHUTDOWN_MS = 60_000;
const POLL_MS = 50;

const lockFile = (dataDir: string) => join(dataDir, 'postmaster.pid');

export async function readPostmasterLock(dataDir: string): Promise<PostmasterLock | undefined> {
  const text = await readFile(lockFile(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' };
}

/**
 * Ensures that no server uses the data directory: waits for one that is stopping, removes the lock of one
 * that is gone (even if another process has its pid by now), and refuses when one runs.
 */
export async function clearPostmasterLock(dataDir: string): Promise<void> {
  const isFree = async () => (await runningServer(dataDir)) === undefined;
  let free = await waitUntil(isFree, { timeoutMs: ORPHAN_STOP_MS, intervalMs: POLL_MS });
  if (!free && (await readPostmasterLock(dataDir))?.status === 'stopping') {
    free = await waitUntil(isFree, { timeoutMs: SHUTDOWN_MS, intervalMs: POLL_MS });
  }
  if (!free) {
    const server = await runningServer(dataDir);
    throw new Error(
      `The database in ${dataDir} is in use: its server is running as process ${server?.pid ?? 0}. ` +
        'Stop the Calseta that started it, or choose another directory with CALSETA_DATA_DIR.',
    );
  }
  await rm(lockFile(dataDir), { force: true });
}

async function runningServer(dataDir: string): Promise<PostmasterLock | undefined> {
  const lock = await readPostmasterLock(dataDir);
  if (!lock || !Number.isInteger(lock.pid)) return undefined;
  return (await commandLine(lock.pid)).includes(dataDir) ? lock : undefined;
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    return (await runCommand('ps', ['-p', String(pid), '-o', 'command='])).output;
  }
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return raw.replaceAll('\0', ' ');
}

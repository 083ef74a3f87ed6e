import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.js';
import { waitUntil } from '../processes/wait-until.js';

/** When the owner of a node dies, its watcher stops the node, which closes its queues, within this time. */
const ORPHAN_STOP_MS = 15_000;
const POLL_MS = 100;

export const pidFile = (dir: string): string => join(dir, 'pid');

/** Two nodes would corrupt one directory: waits for one that is stopping, and refuses when one runs. */
export async function awaitNodeEnd(dir: string): Promise<void> {
  const hasEnded = async () => (await runningNode(dir)) === undefined;
  if (await waitUntil(hasEnded, { timeoutMs: ORPHAN_STOP_MS, intervalMs: POLL_MS })) return;
  const pid = await runningNode(dir);
  throw new Error(
    `The RabbitMQ directory ${dir} is in use: its node is running as process ${pid ?? 0}. ` +
      'Stop the Calseta that started it, or choose another directory with CALSETA_DATA_DIR.',
  );
}

async function runningNode(dir: string): Promise<number | undefined> {
  const text = await readFile(pidFile(dir), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid)) return undefined;
  if (process.platform === 'linux') {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return environment.split('\0').includes(`RABBITMQ_PID_FILE=${pidFile(dir)}`) ? pid : undefined;
  }
  const command = await runCommand('ps', ['-p', String(pid), '-o', 'command=']);
  return command.output.includes('beam') ? pid : undefined;
}

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, waitUntil } from '@calseta/local';
import { ADMIN_KEY, type Api, createApi } from './call-api.js';

export type Standalone = {
  url: string;
  api: Api;
  pid: number;
  /** URL of its embedded Postgres. */
  postgresPid: () => Promise<number>;
  output: () => string;
  readyAfterMs: number;
  /** SIGINT, as Ctrl-C; resolves with the exit code and the time that it took. */
  interrupt: () => Promise<{ code: number | null; durationMs: number }>;
  /** Kills it after a failed test. */
  kill: () => void;
};

const ENTRY = fileURLToPath(new URL('../../services/standalone/dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;

/** `npm start` without its setup: the built standalone in a separate process. */
export async function startStandalone(
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Standalone> {
  const startedAt = performance.now();
  const port = await findFreePort();
  const child = spawn(process.execPath, [ENTRY], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HTTP_PORT: String(port),
      CALSETA_DATA_DIR: dataDir,
      CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY,
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const isReady = () => output.includes('Calseta is ready');
  await waitUntil(() => isReady() || isOver(), { timeoutMs: START_TIMEOUT_MS, intervalMs: 20 });
  if (!isReady()) {
    child.kill('SIGKILL');
    throw new Error(`Standalone did not get ready:\n${output}`);
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    api: createApi(url),
    pid: child.pid!,
    async postgresPid() {
      const lock = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
      return Number(lock.split('\n', 1)[0]);
    },
    output: () => output,
    readyAfterMs: performance.now() - startedAt,
    async interrupt() {
      const from = performance.now();
      child.kill('SIGINT');
      const code = await exited;
      return { code, durationMs: performance.now() - from };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

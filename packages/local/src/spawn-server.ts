import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { waitUntil } from './wait-until.js';

export type ServerProcess = {
  pid: number;
  hasExited(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Asks by the stop signal, and kills when the deadline passes. */
  stop(deadlineMs: number): Promise<void>;
  kill(): Promise<void>;
  /** The end of its log, for an error message. */
  logTail(): Promise<string>;
};

type SpawnServerOptions = {
  command: string;
  args: string[];
  /** Whom to run it as; the same user when empty. */
  ids: { uid?: number; gid?: number };
  env?: NodeJS.ProcessEnv;
  logFile: string;
  stopSignal: 'SIGINT' | 'SIGTERM';
};

const LOG_TAIL_LINES = 20;
const KILL_DEADLINE_MS = 10_000;

/**
 * Becomes the server by exec, beside a watcher that waits on a pipe from this process. The pipe
 * breaks when this process dies in whatever way, and the watcher then stops the server.
 */
const GUARD = `
  exec 3<&0
  ( read -r word; [ "$word" = ended ] || kill -s "$0" "$$" ) <&3 >/dev/null 2>&1 &
  exec "$@" </dev/null 3<&-`;

/**
 * Starts a server in a session of its own (a Ctrl-C in the terminal is for its owner, who stops
 * servers last) that does not outlive this process.
 */
export async function spawnServer(options: SpawnServerOptions): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(
    '/bin/sh',
    ['-c', GUARD, options.stopSignal.slice('SIG'.length), options.command, ...options.args],
    { detached: true, stdio: ['pipe', log, log], env: options.env ?? process.env, ...options.ids },
  );
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  child.stdin?.on('error', () => undefined);
  child.once('exit', () => child.stdin?.end('ended\n'));

  const exitedWithin = (timeoutMs: number) => waitUntil(hasExited, { timeoutMs, intervalMs: 20 });
  const signal = (name: NodeJS.Signals) => {
    if (!hasExited()) child.kill(name);
  };
  const kill = async () => {
    signal('SIGKILL');
    await exitedWithin(KILL_DEADLINE_MS);
  };
  return {
    pid,
    hasExited,
    signal,
    kill,
    async stop(deadlineMs) {
      signal(options.stopSignal);
      if (!(await exitedWithin(deadlineMs))) await kill();
    },
    async logTail() {
      const text = await readFile(options.logFile, 'utf8').catch(() => '');
      return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
    },
  };
}

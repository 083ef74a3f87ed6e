import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { waitUntil } from './wait-until.js';

export type ServerProcess = {
  pid: number;
  hasExited: () => boolean;
  /** Its exit code, or the signal that ended it. */
  exited: Promise<string>;
  signal: (name: NodeJS.Signals) => void;
  /** Sends the stop signal, and kills it when the deadline passes. */
  stop: (deadlineMs: number) => Promise<void>;
  kill: () => Promise<void>;
  /** The last lines of its output, for an error message. */
  outputTail: () => Promise<string>;
};

type SpawnServerOptions = {
  command: string;
  args: string[];
  /** User that owns the server process; the same user when empty. */
  ids: { uid?: number; gid?: number };
  env?: NodeJS.ProcessEnv;
  /** File to append the output to, or receiver of each line. */
  output: { file: string } | { onLine: (line: string) => void };
  stopSignal: 'SIGINT' | 'SIGTERM';
  /** A server loses signals while it boots, so this one is repeated; others may abort on a second one. */
  losesSignals?: boolean;
};

const TAIL_LINES = 20;
const KILL_DEADLINE_MS = 10_000;

const REPEAT_SIGNAL_MS = 2_000;

/** Waits for the pipe to break, then stops the server: gracefully for a minute, then by force. */
const WATCHER = `
  read -r word
  [ "$word" = ended ] && exit
  tries=0
  while [ "$tries" -lt 30 ] && kill -s "$1" "$2"; do sleep 2; tries=$((tries + 1)); done
  [ "$tries" -lt 30 ] || kill -s KILL "$2"`;

/**
 * Replaces itself with the server (exec), beside a watcher on a pipe from this process. The pipe breaks when
 * this process ends for any reason, so the server never outlives it.
 */
const GUARD = `
  exec 3<&0
  /bin/sh -c "$WATCHER" watcher "$0" "$$" <&3 >/dev/null 2>&1 &
  unset WATCHER
  exec "$@" </dev/null 3<&-`;

/**
 * Starts a server in a separate session, so that Ctrl-C in the terminal reaches only its owner, which
 * stops servers last. The server does not outlive this process.
 */
export async function spawnServer(options: SpawnServerOptions): Promise<ServerProcess> {
  const { output } = options;
  const log = 'file' in output ? openSync(output.file, 'a', 0o600) : 'pipe';
  const child = spawn(
    '/bin/sh',
    ['-c', GUARD, options.stopSignal.slice('SIG'.length), options.command, ...options.args],
    {
      detached: true,
      stdio: ['pipe', log, log],
      env: { ...(options.env ?? process.env), WATCHER },
      ...options.ids,
    },
  );
  if (log !== 'pipe') closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const lastLines: string[] = [];
  const onLine = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > TAIL_LINES) lastLines.shift();
    if ('onLine' in output) output.onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', onLine);
  }
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  child.stdin?.on('error', () => undefined);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      child.stdin?.end('ended\n');
      resolve(signal ?? `code ${code ?? 0}`);
    });
  });

  const exitedWithin = (timeoutMs: number) => waitUntil(hasExited, { timeoutMs, intervalMs: 20 });
  const signal = (name: NodeJS.Signals) => {
    if (!hasExited()) child.kill(name);
  };
  const kill = async () => {
    if (hasExited()) return;
    signal('SIGKILL');
    await exitedWithin(KILL_DEADLINE_MS);
  };
  return {
    pid,
    hasExited,
    exited,
    signal,
    kill,
    async stop(deadlineMs) {
      const deadline = performance.now() + deadlineMs;
      while (!hasExited() && performance.now() < deadline) {
        signal(options.stopSignal);
        const leftMs = deadline - performance.now();
        await exitedWithin(options.losesSignals ? Math.min(REPEAT_SIGNAL_MS, leftMs) : leftMs);
      }
      await kill();
    },
    async outputTail() {
      if (!('file' in output)) return lastLines.join('\n');
      const text = await readFile(output.file, 'utf8').catch(() => '');
      return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    },
  };
}

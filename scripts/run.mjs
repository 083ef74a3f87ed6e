// Runs a program of the workspace until it ends, and stops it when this process is told to stop.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Resolves with the exit code and the output; `onLine` receives each line, `inherit` prints everything. */
export function run(command, args, { env = {}, onLine, inherit = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream?.on('data', (chunk) => {
        output += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        if (onLine) lines.forEach((line) => onLine(line));
      });
    }
    const end = (code, detail = '') => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve({ code, output: output + detail });
    };
    child.once('error', (error) => end(127, error.message));
    child.once('close', (code, signal) => {
      if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(130);
      end(code ?? 1);
    });
  });
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { spawnServer } from '../src/processes/spawn-server.js';
import { waitUntil } from '../src/processes/wait-until.js';

/** Ignores SIGTERM for its first two seconds, like a program that is still loading. */
const DEAF_AT_FIRST = `trap '' TERM; echo up; sleep 2; trap 'exit 0' TERM; while :; do sleep 0.1; done`;

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';

const serverOptions = {
  command: '/bin/sh',
  args: ['-c', DEAF_AT_FIRST],
  ids: {},
  stopSignal: 'SIGTERM' as const,
  losesSignals: true,
};

/** Reports how often it receives the stop signal, and needs three seconds to stop. */
const SLOW_TO_STOP = `trap 'echo told; told=1' TERM; echo up; until [ "$told" ]; do sleep 0.1; done
  for tenth in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.2; done; exit 0`;

/** Starts a server in a separate process, which can be killed. */
async function startElsewhere(): Promise<{ owner: number; server: number }> {
  const hooks = new URL('../../testing/src/jest/register-typescript.mjs', import.meta.url).href;
  const source = new URL('../src/processes/spawn-server.ts', import.meta.url).href;
  const script = `
    const { spawnServer } = await import(${JSON.stringify(source)});
    const options = { ...${JSON.stringify(serverOptions)}, output: { onLine: () => {} } };
    process.stdout.write(String((await spawnServer(options)).pid) + '\\n');`;
  const child = spawn(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const server = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    child.once('exit', () => reject(new Error('The owner ended early')));
  });
  return { owner: child.pid ?? 0, server };
}

describe('spawnServer', () => {
  test('repeats the stop signal to a server that does not hear it yet', async () => {
    const lines: string[] = [];
    const server = await spawnServer({
      ...serverOptions,
      output: { onLine: (l) => lines.push(l) },
    });
    await waitUntil(() => lines.includes('up'), { timeoutMs: 5_000, intervalMs: 10 });
    await server.stop(20_000);
    expect(await server.exited).toBe('code 0');
  });

  test('signals a server once that needs time to stop', async () => {
    const lines: string[] = [];
    const server = await spawnServer({
      ...serverOptions,
      args: ['-c', SLOW_TO_STOP],
      losesSignals: false,
      output: { onLine: (line) => lines.push(line) },
    });
    await waitUntil(() => lines.includes('up'), { timeoutMs: 5_000, intervalMs: 10 });
    await server.stop(20_000);
    expect(await server.exited).toBe('code 0');
    expect(lines).toEqual(['up', 'told']);
  });

  test('a server does not outlive its owner, even when it is deaf at that moment', async () => {
    const { owner, server } = await startElsewhere();
    process.kill(owner, 'SIGKILL');
    const hasEnded = await waitUntil(() => !isAlive(server), {
      timeoutMs: 20_000,
      intervalMs: 100,
    });
    expect(hasEnded).toBe(true);
  });

  test('fails when there is no such program', async () => {
    const server = await spawnServer({
      ...serverOptions,
      command: '/nonexistent/program',
      output: { onLine: () => undefined },
    });
    expect(await server.exited).toBe('code 127');
    expect(await server.outputTail()).toContain('/nonexistent/program');
  });
});

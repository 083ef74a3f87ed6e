import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres, waitUntil } from '../src/index.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'calseta-local-'));
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A process that has ended but was not reaped has no command line any more. */
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';

/** Starts a server in a separate process, which can be killed. */
async function startElsewhere(dataDir: string): Promise<{ owner: number; server: number }> {
  const hooks = new URL('../../testing/src/jest/register-typescript.mjs', import.meta.url).href;
  const source = new URL('../src/servers/postgres.ts', import.meta.url).href;
  const script = `
    const { startPostgres } = await import(${JSON.stringify(source)});
    const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, persistent: true });
    process.stdout.write(String(server.pid()) + '\\n');`;
  const child = spawn(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const server = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    child.once('exit', () => reject(new Error('The owner ended early')));
  });
  return { owner: child.pid ?? 0, server };
}

describe('startPostgres', () => {
  test('keeps data over a stop, and the password to itself', async () => {
    const dataDir = join(directory, 'kept');
    const first = await startPostgres({ dataDir, persistent: true });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(isAlive(first.pid())).toBe(false);
    await using second = await startPostgres({ dataDir, persistent: true });
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect((await stat(join(dataDir, 'calseta-password'))).mode & 0o077).toBe(0);
  });

  test('comes back after a kill, on the same port and with what was committed', async () => {
    const dataDir = join(directory, 'killed');
    await using server = await startPostgres({ dataDir, persistent: false });
    const { url } = server;
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await server.kill();
    await expect(query(url, 'SELECT 1')).rejects.toThrow();
    await server.restart();
    expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('is not stopped by the lock of a crashed server whose number another process has', async () => {
    const dataDir = join(directory, 'stale');
    await (await startPostgres({ dataDir, persistent: true })).stop();
    await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    await using server = await startPostgres({ dataDir, persistent: true });
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('says which process uses the directory', async () => {
    const dataDir = join(directory, 'twice');
    await using server = await startPostgres({ dataDir, persistent: true });
    await expect(startPostgres({ dataDir, persistent: true })).rejects.toThrow(
      new RegExp(`is in use.*process ${server.pid()}.*CALSETA_DATA_DIR`),
    );
  });

  test('does not outlive an owner that was killed, and can be started again at once', async () => {
    const dataDir = join(directory, 'orphan');
    const { owner, server } = await startElsewhere(dataDir);
    process.kill(owner, 'SIGKILL');
    await using next = await startPostgres({ dataDir, persistent: true });
    expect(next.pid()).not.toBe(server);
    expect(isAlive(server)).toBe(false);
  });

  test('leaves nothing when it was not to be kept', async () => {
    const dataDir = join(directory, 'gone');
    const server = await startPostgres({ dataDir, persistent: false });
    await server.stop();
    expect(existsSync(dataDir)).toBe(false);
    expect(await waitUntil(() => !isAlive(server.pid()), { timeoutMs: 100, intervalMs: 10 })).toBe(
      true,
    );
  });
});

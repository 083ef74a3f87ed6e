import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RabbitmqServer, startRabbitmq, waitUntil } from '../src/index.js';

let dir: string;
let server: RabbitmqServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'calseta-local-'));
  server = await startRabbitmq({ dir });
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** All processes with this node's home: the node, its name server, their watchers and children. */
async function processesOf(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(`HOME=${home}\0`) ? [pid] : [];
    }),
  );
  return found.flat();
}

describe('startRabbitmq', () => {
  test('runs beside any other node, on a port below those of outgoing connections', async () => {
    expect(server.port).toBeLessThan(32_768);
    expect(server.port).not.toBe(5672);
    expect(await answers(server.port)).toBe(true);
  });

  test('makes and deletes virtual hosts', async () => {
    const url = await server.createVhost('one');
    expect(url).toBe(`amqp://guest:guest@127.0.0.1:${server.port}/one`);
    expect(await server.deleteVhost('one')).toBe(0);
    await expect(server.createVhost(`quote">>, evil`)).rejects.toThrow('Not a name');
  });

  test('refuses a second node on the same directory', async () => {
    await expect(startRabbitmq({ dir })).rejects.toThrow(`running as process ${server.pid()}`);
  });

  test('comes back after a kill, on the same port', async () => {
    await server.kill();
    expect(await answers(server.port)).toBe(false);
    await server.restart();
    expect(await answers(server.port)).toBe(true);
  });

  test('leaves no process behind, its name server included', async () => {
    expect(await processesOf(dir)).not.toEqual([]);
    await server.stop();
    const isEmpty = async () => (await processesOf(dir)).length === 0;
    expect(await waitUntil(isEmpty, { timeoutMs: 5_000, intervalMs: 50 })).toBe(true);
  });
});

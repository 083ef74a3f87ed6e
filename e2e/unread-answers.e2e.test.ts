import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Standalone, startStandalone } from './support/start-standalone.js';

const REQUESTS_PER_CONNECTION = 400;
const MAX_MEGABYTES = 600;
/** Generous: other tests run at the same time. Without the limits it takes minutes. */
const MAX_SILENCE_MS = 10_000;
const LOOKS = 20;

let dataDir: string;
let standalone: Standalone;
let attackers: Socket[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'calseta-unread-'));
  standalone = await startStandalone(dataDir, { CALSETA_DEMO: 'false' });
});
afterEach(() => {
  for (const socket of attackers.splice(0)) socket.destroy();
});
afterAll(async () => {
  await standalone.interrupt();
  await rm(dataDir, { recursive: true, force: true });
});

/** Connections that send requests and never read an answer. */
function attack(connections: number, path: string, ...headers: string[]): void {
  const request = [`GET ${path} HTTP/1.1`, 'Host: attack', ...headers, '', ''].join('\r\n');
  attackers = Array.from({ length: connections }, () => {
    const socket = connect(Number(new URL(standalone.api.url).port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    socket.write(request.repeat(REQUESTS_PER_CONNECTION));
    return socket;
  });
}

const megabytes = (): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(standalone.pid)], { encoding: 'utf8' })) /
  1_024;

/** Measures the process repeatedly, once answers are unread. */
async function observe(): Promise<{ peakMegabytes: number; silenceMs: number }> {
  let [peakMegabytes, silenceMs] = [0, 0];
  const look = async () => {
    const startedAt = performance.now();
    const { status } = await standalone.api.call('GET', '/livez');
    expect(status).toBe(200);
    silenceMs = Math.max(silenceMs, performance.now() - startedAt);
    peakMegabytes = Math.max(peakMegabytes, megabytes());
  };
  await eventually(
    async () => {
      await look();
      expect(await unreadBytes()).toBeGreaterThan(0);
    },
    { timeoutMs: 30_000 },
  );
  for (let count = 0; count < LOOKS; count += 1) await look();
  return { peakMegabytes, silenceMs };
}

async function unreadBytes(): Promise<number> {
  const text = await (await fetch(`${standalone.api.url}/metrics`)).text();
  return Number(/^calseta_http_unread_bytes (\d+)$/m.exec(text)?.[1] ?? 0);
}

test.each([20, 200])(
  '%i clients that send requests and read no answer take neither memory nor silence',
  async (connections) => {
    attack(connections, '/openapi.json');
    const { peakMegabytes, silenceMs } = await observe();
    expect(peakMegabytes).toBeLessThan(MAX_MEGABYTES);
    expect(silenceMs).toBeLessThan(MAX_SILENCE_MS);
  },
);

import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { serveTool } from './tool.js';

/** How one /livez answered while it was watched. */
export type Liveness = {
  name: string;
  probes: number;
  /** Answers other than 200, and none. */
  failures: number;
  slowestMs: number;
};

export type LivezMethods = {
  /** Begins to ask the /livez of each base URL, again and again, each on a new connection. */
  watch(urls: Record<string, string>): void;
  /** Waits for the answers under way. */
  stop(argument: undefined): Promise<Liveness[]>;
};

const INTERVAL_MS = 50;
/** Above any silence that was ever seen. */
const TIMEOUT_MS = 300_000;

let isStopping = false;
let watches: Promise<Liveness>[] = [];

async function watchOne(name: string, url: string): Promise<Liveness> {
  const seen: Liveness = { name, probes: 0, failures: 0, slowestMs: 0 };
  while (!isStopping) {
    const startedAt = performance.now();
    const status = await statusOf(`${url}/livez`);
    seen.probes += 1;
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt);
    if (status !== 200) seen.failures += 1;
    await delay(INTERVAL_MS);
  }
  return seen;
}

/** 0 when there was no answer. */
const statusOf = async (url: string): Promise<number> =>
  await new Promise((resolve) => {
    const probe = request(url, { agent: false, timeout: TIMEOUT_MS }, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.statusCode ?? 0));
    });
    probe.once('timeout', () => probe.destroy());
    probe.once('error', () => resolve(0));
    probe.end();
  });

serveTool({
  watch: (urls) => {
    isStopping = false;
    watches = Object.entries(urls).map(([name, url]) => watchOne(name, url));
  },
  stop: async () => {
    isStopping = true;
    return await Promise.all(watches);
  },
} satisfies LivezMethods);

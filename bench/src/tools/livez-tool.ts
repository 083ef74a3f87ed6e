import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { serveTool } from './tool.js';

/** A process and the base URL of its /livez. */
export type Watched = { name: string; url: string; pid: number };

/** How one /livez answered during the watch. */
export type Liveness = {
  name: string;
  probes: number;
  /** Number of answers other than 200, and of missing answers. */
  failures: number;
  slowestMs: number;
  /** Most CPU time of its main thread during one answer: its own slowness, not that of other processes. */
  busiestMs: number;
};

export type LivezMethods = {
  /** Starts to request each /livez repeatedly, each time on a new connection. */
  watch(processes: readonly Watched[]): void;
  /** Waits for the answers in flight. */
  stop(argument: undefined): Promise<Liveness[]>;
};

const INTERVAL_MS = 50;
/** Longer than any silence that was ever measured. */
const TIMEOUT_MS = 300_000;

let isStopping = false;
let watches: Promise<Liveness>[] = [];

async function watchOne({ name, url, pid }: Watched): Promise<Liveness> {
  const seen: Liveness = { name, probes: 0, failures: 0, slowestMs: 0, busiestMs: 0 };
  while (!isStopping) {
    const startedAt = performance.now();
    const busyBefore = readBusyMs(pid);
    const status = await statusOf(`${url}/livez`);
    seen.probes += 1;
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt);
    seen.busiestMs = Math.max(seen.busiestMs, readBusyMs(pid) - busyBefore);
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

/** CPU time of the main thread of a process; 0 when the process has ended. */
function readBusyMs(pid: number): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}

serveTool({
  watch: (processes) => {
    isStopping = false;
    watches = processes.map(watchOne);
  },
  stop: async () => {
    isStopping = true;
    return await Promise.all(watches);
  },
} satisfies LivezMethods);

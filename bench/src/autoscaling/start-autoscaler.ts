import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceName, type System } from '../system/start-system.js';
import { createScaler } from './decide-replicas.js';
import { type AskedTrigger, type ScaledObject } from './read-scaled-objects.js';
import { createWorkerPool, type WorkerPool } from './worker-pool.js';

/** State of one service at one time. */
export type Sample = {
  service: ServiceName;
  atSeconds: number;
  oldestAgeSeconds: number;
  backlog: number;
  ready: number;
};

export type Autoscaler = AsyncDisposable & {
  samples: Sample[];
  pools: Map<ServiceName, WorkerPool>;
  /** Fails when a process could not be started or a query failed. */
  stop: () => Promise<void>;
};

const SAMPLE_MS = 1_000;

/** Scales the services of these rules, which begin with no process, until it is stopped; time begins now. */
export function startAutoscaler(system: System, rules: readonly ScaledObject[]): Autoscaler {
  const startedAt = performance.now();
  const now = () => (performance.now() - startedAt) / 1_000;
  const ending = new AbortController();
  const samples: Sample[] = [];
  const pools = new Map(rules.map(({ service }) => [service, createWorkerPool(system, service)]));
  const loops = rules.flatMap((rule) => {
    const pool = pools.get(rule.service);
    if (!pool) return [];
    const scaler = createScaler(rule);
    const scale = async (): Promise<void> => {
      const readings = await read(system, rule.triggers);
      const state = { ready: pool.ready(), asked: pool.asked() };
      pool.resize(scaler.decide({ atSeconds: now(), ...state, readings }));
    };
    const sample = async (): Promise<void> => {
      const atSeconds = now();
      const [age, backlog] = await read(system, rule.triggers);
      samples.push({
        service: rule.service,
        atSeconds,
        oldestAgeSeconds: age?.value ?? 0,
        backlog: backlog?.value ?? 0,
        ready: pool.ready(),
      });
    };
    return [
      every(rule.pollingSeconds * 1_000, scale, ending.signal),
      every(SAMPLE_MS, sample, ending.signal),
    ];
  });
  // Reported by `stop`.
  for (const loop of loops) loop.catch(() => ending.abort());
  const stop = async (): Promise<void> => {
    ending.abort();
    await Promise.all(loops);
    await Promise.all([...pools.values()].map((pool) => pool.settled()));
  };
  return {
    samples,
    pools,
    stop,
    [Symbol.asyncDispose]: async () => await stop().catch(() => undefined),
  };
}

/** What each trigger's query answers: one number. */
async function read({ database }: System, triggers: readonly AskedTrigger[]) {
  return await Promise.all(
    triggers.map(async (trigger) => {
      const { rows } = await database.pool.query<Record<string, unknown>>(trigger.query);
      return { ...trigger, value: Number(Object.values(rows[0] ?? {})[0]) };
    }),
  );
}

async function every(ms: number, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}

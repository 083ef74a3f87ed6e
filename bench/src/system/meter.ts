import { type Cost, readBusySeconds, readCosts } from './process-cost.js';
import { type System } from './start-system.js';

export type Spent = { name: string; cpuSeconds: number; peakRssMib: number };
/** `extractor` for `extractor.2`. */
export const serviceOf = ({ name }: Spent): string => name.split('.', 1)[0] ?? name;

export type Costs = {
  seconds: number;
  /** Average number of busy cores, including other load on the machine. */
  busyCores: number;
  spent: Spent[];
};

/** Measures the cost of every process of the system until it is read. */
export type Meter = { read: () => Promise<Costs> };

const SAMPLE_INTERVAL_MS = 500;

/** Starts measuring CPU time and peak memory per process; `others` are further processes by name. */
export async function startMeter(
  system: System,
  others: Record<string, number> = {},
): Promise<Meter> {
  const pids = (): [string, number][] => [
    ...system.instances.map(({ name, process }) => [name, process().pid] as [string, number]),
    ['postgres', system.postgres.pid()],
    ['rabbitmq', system.rabbitmq.pid()],
    ...Object.entries(others),
  ];
  const watched = new Map<string, Watched>();
  const sample = async () => {
    const now = pids();
    const costs = await readCosts(now.map(([, pid]) => pid));
    now.forEach(([name, pid], index) => {
      const cost = costs[index];
      if (cost) watched.set(name, watch(watched.get(name), pid, cost));
    });
  };
  await sample();
  for (const process of watched.values()) process.cpuSeconds = 0;
  const startedAt = performance.now();
  const busyBefore = await readBusySeconds();
  const timer = setInterval(() => void sample(), SAMPLE_INTERVAL_MS);
  return {
    async read() {
      clearInterval(timer);
      await sample();
      const seconds = (performance.now() - startedAt) / 1_000;
      return {
        seconds,
        busyCores: ((await readBusySeconds()) - busyBefore) / seconds,
        spent: [...watched].map(([name, { cpuSeconds, peakRssMib }]) => ({
          name,
          cpuSeconds,
          peakRssMib,
        })),
      };
    },
  };
}

type Watched = { pid: number; last: number; cpuSeconds: number; peakRssMib: number };

/** A restarted process keeps its name; the costs of the new process are added. */
function watch(before: Watched | undefined, pid: number, { cpuSeconds, rssMib }: Cost): Watched {
  const base = before?.pid === pid ? before.last : 0;
  return {
    pid,
    last: cpuSeconds,
    cpuSeconds: (before?.cpuSeconds ?? 0) + Math.max(0, cpuSeconds - base),
    peakRssMib: Math.max(before?.peakRssMib ?? 0, rssMib),
  };
}

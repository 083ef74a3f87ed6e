import { readCosts } from './process-cost.js';
import { type System } from './start-system.js';

export type Spent = { name: string; cpuSeconds: number; peakRssMib: number };

/** Watches what every process of the system costs until it is read. */
export type Meter = { read: () => Promise<Spent[]> };

const SAMPLE_INTERVAL_MS = 500;

/** Begins to measure CPU time and peak memory per process; `others` are more processes by name. */
export async function startMeter(
  system: System,
  others: Record<string, number> = {},
): Promise<Meter> {
  const pids = new Map<string, number>([
    ...system.instances.map(({ name, process }) => [name, process().pid] as const),
    ['postgres', system.postgres.pid()],
    ['rabbitmq', system.rabbitmq.pid()],
    ...Object.entries(others),
  ]);
  const sample = async () => await readCosts([...pids.values()]);
  const before = await sample();
  const peaks = before.map(({ rssMib }) => rssMib);
  const note = async () => {
    const now = await sample();
    now.forEach(({ rssMib }, index) => (peaks[index] = Math.max(peaks[index] ?? 0, rssMib)));
    return now;
  };
  const timer = setInterval(() => void note(), SAMPLE_INTERVAL_MS);
  return {
    async read() {
      clearInterval(timer);
      const after = await note();
      return [...pids.keys()].map((name, index) => ({
        name,
        cpuSeconds: (after[index]?.cpuSeconds ?? 0) - (before[index]?.cpuSeconds ?? 0),
        peakRssMib: peaks[index] ?? Number.NaN,
      }));
    },
  };
}

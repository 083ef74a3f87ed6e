import { readdir, readFile } from 'node:fs/promises';

/** CPU time and memory of processes, as Linux counts them; NaN elsewhere. */
export type Cost = { cpuSeconds: number; rssMib: number };

const TICKS_PER_SECOND = 100;
const PAGES_PER_MIB = 256;

type Stat = { pid: number; parent: number; ticks: number; rssPages: number };

async function readStat(pid: number): Promise<Stat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; what follows it is fixed. Field 4 is the parent.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (field: number) => fields[field - 3] ?? 0;
    const ticks = at(14) + at(15) + at(16) + at(17);
    return { pid, parent: at(4), ticks, rssPages: at(24) };
  } catch {
    return undefined;
  }
}

/** Of each process with its living children and those that it has waited for. */
export async function readCosts(pids: readonly number[]): Promise<Cost[]> {
  const names = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .map(readStat),
  );
  const known = stats.filter((stat) => stat !== undefined);
  return pids.map((pid) => {
    const family = known.filter((stat) => stat.pid === pid || stat.parent === pid);
    if (family.length === 0) return { cpuSeconds: Number.NaN, rssMib: Number.NaN };
    const sum = (of: (stat: Stat) => number) => family.reduce((total, stat) => total + of(stat), 0);
    return {
      cpuSeconds: sum(({ ticks }) => ticks) / TICKS_PER_SECOND,
      // Children of Postgres share memory, so that a sum would count it many times.
      rssMib: Math.max(...family.map(({ rssPages }) => rssPages)) / PAGES_PER_MIB,
    };
  });
}

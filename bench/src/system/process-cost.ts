import { readdir, readFile } from 'node:fs/promises';

/** CPU time and memory of processes, as Linux counts them. */
export type Cost = { cpuSeconds: number; rssMib: number };

const TICKS_PER_SECOND = 100;
const PAGES_PER_MIB = 256;

type Stat = { pid: number; parent: number; ticks: number; rssPages: number };

async function readStat(pid: number): Promise<Stat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain anything; the fields after it are fixed. Field 4 is the parent.
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

/**
 * Cost of each process with its living children and those it has waited for; undefined if the process
 * does not exist, or without Linux.
 */
export async function readCosts(pids: readonly number[]): Promise<(Cost | undefined)[]> {
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
    if (!family.some((stat) => stat.pid === pid)) return undefined;
    const sum = (of: (stat: Stat) => number) => family.reduce((total, stat) => total + of(stat), 0);
    return {
      cpuSeconds: sum(({ ticks }) => ticks) / TICKS_PER_SECOND,
      // Children of Postgres share memory, so a sum would count it several times.
      rssMib: Math.max(...family.map(({ rssPages }) => rssPages)) / PAGES_PER_MIB,
    };
  });
}

/** Time that all cores were not idle since the machine started; NaN without Linux. */
export async function readBusySeconds(): Promise<number> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  // cpu user nice system idle iowait irq softirq steal …
  const fields = /^cpu +(\S.*)$/m.exec(text)?.[1]?.split(' ').map(Number);
  if (!fields) return Number.NaN;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

import { readFile, writeFile } from 'node:fs/promises';
import { type TargetProcess } from './list-processes.js';

/** Peak memory of each process since the watch began, MiB. */
export type Peak = { name: string; peakMib: number };

const KIB_PER_MIB = 1_024;
/** proc(5): resets VmHWM to the current memory of the process. */
const RESET_PEAK = '5';

/** Starts the watch; the result reads the peaks from /proc/<pid>/status, largest first. */
export async function watchMemory(
  processes: readonly TargetProcess[],
): Promise<() => Promise<Peak[]>> {
  await Promise.all(
    processes.map(async ({ pid }) => {
      await writeFile(`/proc/${pid}/clear_refs`, RESET_PEAK).catch(() => undefined);
    }),
  );
  return async () => {
    const peaks = new Map<string, number>();
    for (const { pid, name } of processes) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const peakMib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB;
      peaks.set(name, Math.max(peaks.get(name) ?? 0, peakMib));
    }
    return [...peaks]
      .map(([name, peakMib]) => ({ name, peakMib }))
      .sort((a, b) => b.peakMib - a.peakMib);
  };
}

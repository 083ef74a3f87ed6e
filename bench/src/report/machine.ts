import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

const GIB = 2 ** 30;

export const CORES = availableParallelism();

/** The facts that a reader needs to compare the figures with others; taken before the first run. */
export function describeMachine(): string[] {
  const [load = 0] = loadavg();
  return [
    `Machine: ${CORES} cores, ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ` +
      `${Math.round(totalmem() / GIB)} GiB, ${type()} ${release()}; load before the first run ${load.toFixed(1)}`,
    `Node ${process.versions.node}`,
    `Code at ${commit()}`,
  ];
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const isDirty = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short', 'HEAD') + (isDirty ? ' with local changes' : '');
  } catch {
    return 'an unknown commit';
  }
}

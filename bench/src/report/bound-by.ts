import { type Costs } from '../system/meter.js';
import { cpuSecondsOf, percent } from './cost-table.js';

/** From this share of them on, the cores, or one core for one process, are taken to be what bounds the rate. */
const FULL = 0.9;
const NAMED_PARTS = 3;

/** What bounds a run, read off what was measured during it. */
export function boundBy(
  during: string,
  { seconds, busyCores, spent }: Costs,
  cores: number,
): string {
  const total = cpuSecondsOf(spent);
  const parts = spent.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds).slice(0, NAMED_PARTS);
  const shares = parts.map(({ name, cpuSeconds }) => `${name} ${percent(cpuSeconds / total)}`);
  const others = Math.max(0, busyCores - total / seconds);
  const facts =
    `${busyCores.toFixed(2)} of ${cores} cores busy (${others.toFixed(2)} outside the measured processes); ` +
    `the largest parts of what was measured are ${shares.join(', ')}`;
  return `What bounds ${during}: ${bound(busyCores, parts[0], seconds, cores)}. ${facts}.`;
}

function bound(
  busyCores: number,
  largest: Costs['spent'][number] | undefined,
  seconds: number,
  cores: number,
): string {
  if (busyCores >= FULL * cores) return 'the CPU';
  if (largest && largest.cpuSeconds >= FULL * seconds) return `one core for ${largest.name}`;
  return 'not the CPU but what is waited for: the offered load, the disk, or answers';
}

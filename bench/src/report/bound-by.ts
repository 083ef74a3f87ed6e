import { type Costs, serviceOf, type Spent } from '../system/meter.js';
import { cpuSecondsOf, percent } from './cost-table.js';

/** From this share on, the cores (or one core, for one process) are considered the limit of the rate. */
const FULL = 0.9;
/** From this share of the cores on, the load of other processes causes a warning. */
const DISTURBED = 0.1;
const NAMED_PARTS = 3;

/** What limits a run, derived from the measurements during it. */
export function boundBy(during: string, costs: Costs, cores: number): string {
  const { seconds, busyCores, spent } = costs;
  const others = Math.max(0, busyCores - cpuSecondsOf(spent) / seconds);
  const disturbance =
    others >= DISTURBED * cores
      ? ' Other programs disturbed the run: repeat it on a quiet machine.'
      : '';
  return (
    `What bounds ${during}: ${bound(costs, cores)}. ` +
    `${busyCores.toFixed(2)} of ${cores} cores busy (${others.toFixed(2)} outside the measured processes); ` +
    `the largest parts of what was measured are ${largestParts(spent)}.${disturbance}`
  );
}

function bound({ seconds, busyCores, spent }: Costs, cores: number): string {
  if (busyCores >= FULL * cores) return 'the CPU';
  const [largest] = spent.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
  if (largest && largest.cpuSeconds >= FULL * seconds) return `one core for ${largest.name}`;
  return 'not the CPU but what is waited for: the offered load, the disk, or answers';
}

/** Usage by service: replicas are added up. */
function largestParts(spent: readonly Spent[]): string {
  const total = cpuSecondsOf(spent);
  const services = [...new Set(spent.map(serviceOf))];
  return services
    .map((name) => ({
      name,
      share: cpuSecondsOf(spent.filter((one) => serviceOf(one) === name)) / total,
    }))
    .sort((a, b) => b.share - a.share)
    .slice(0, NAMED_PARTS)
    .map(({ name, share }) => `${name} ${percent(share)}`)
    .join(', ');
}

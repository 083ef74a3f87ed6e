import { type Goal } from '../report/section.js';
import { type Spent } from '../system/meter.js';

const MAX_SERVICE_MIB = 450;
const MAX_SERVER_MIB = 1_024;
const SERVERS = ['postgres', 'rabbitmq'];

/** Peak memory of any process; no goal where memory cannot be read. */
export function judgeMemory(spent: readonly Spent[]): Goal[] {
  const isServer = ({ name }: Spent) => SERVERS.includes(name);
  return [
    ...goalFor(
      'peak memory of a service',
      MAX_SERVICE_MIB,
      spent.filter((one) => !isServer(one)),
    ),
    ...goalFor('peak memory of Postgres and RabbitMQ', MAX_SERVER_MIB, spent.filter(isServer)),
  ];
}

function goalFor(name: string, maxMib: number, spent: readonly Spent[]): Goal[] {
  const [largest] = spent.toSorted((a, b) => b.peakRssMib - a.peakRssMib);
  if (!largest) return [];
  const measured = `${largest.peakRssMib.toFixed(0)} MiB (${largest.name})`;
  return [{ name, wanted: `< ${maxMib} MiB`, measured, isMet: largest.peakRssMib < maxMib }];
}

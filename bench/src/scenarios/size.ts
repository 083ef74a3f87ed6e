import { boundBy } from '../report/bound-by.js';
import { CORES } from '../report/machine.js';
import { formatNumber } from '../report/section.js';
import { coresTable, daysTable, tablesTable } from '../report/size-tables.js';
import { startAgents } from '../system/agents.js';
import { startMeter } from '../system/meter.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { readStoredBytes } from '../system/stored-bytes.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';
import { type Scenario } from './scenario.js';

const AGENTS = 2;
const TIMEOUT_MS = 3_600_000;
/** Compiles the code of every service. */
const WARM_UP_ALERTS = 2_000;

/** What an operator has to provide: cores of each process, and what Postgres keeps of each alert. */
export const size: Scenario = {
  name: 'size',
  summary: 'cores for 1,000 alerts a second, and GB in Postgres for 100,000 alerts',
  profiled: [],
  async run({ backlog, startSystem, say }) {
    await using system = await startSystem();
    await using agents = await startAgents(system, { count: AGENTS, maxConcurrency: 50 });
    await using load = startTool<LoadMethods>('load-tool');
    const send = async (run: string, requests: number) => {
      const plan = ingestPlan(system, { run, pace: { kind: 'closed' }, limit: { requests } });
      const { accepted } = await load.call('run', { ...plan, insists: true });
      return accepted;
    };
    const warm = await send('warm-up', WARM_UP_ALERTS);
    await agents.awaitDelivered(warm, TIMEOUT_MS);
    const before = await readStoredBytes(system);
    const meter = await startMeter(system);
    const alerts = await send('size', backlog);
    say(`${alerts} alerts are accepted`);
    const delivered = await agents.awaitDelivered(warm + alerts, TIMEOUT_MS);
    if (delivered !== warm + alerts) throw new Error(`${delivered} of ${warm + alerts} arrived`);
    const costs = await meter.read();
    const after = await readStoredBytes(system);
    return {
      title: 'size',
      method: `${formatNumber(alerts)} alerts, one a request, as fast as they are taken, through one process of each service to ${AGENTS} agents; three indicators an alert from a pool of 10,000 values. CPU time from the first request to the last push; sizes as they stand then, without a vacuum. ${HOW_SERVICES_LOG}`,
      tables: [
        coresTable(costs, alerts),
        tablesTable(before, after, alerts),
        daysTable(before, after, alerts),
      ],
      goals: [],
      notes: [
        boundBy('the load', costs, CORES),
        'Larger alerts take more: payloads are kept as they came. A quiet system needs more cores for an alert, since its batches are smaller.',
      ],
    };
  },
};

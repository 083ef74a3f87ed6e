import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { formatNumber } from '../report/section.js';
import { median } from '../tools/statistics.js';
import { countAlerts } from '../system/alerts.js';
import { type Costs, startMeter } from '../system/meter.js';
import { clearQueues } from '../system/queues.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';
import { type Scenario } from './scenario.js';

const PER_REQUEST = 1_000;
const CONNECTIONS = 4;
const WARM_UP_MS = 2_000;
const WANTED_PER_SECOND = 10_000;

/** Many alerts per request; all are committed before the answer. */
export const batch: Scenario = {
  name: 'batch',
  summary: `NDJSON, ${PER_REQUEST} alerts a request`,
  profiled: ['ingest-api'],
  async run({ runs, seconds, startSystem, say }) {
    await using system = await startSystem({
      replicas: { extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await using load = startTool<LoadMethods>('load-tool');
    const once = async (run: string, ms: number) =>
      await load.call(
        'run',
        ingestPlan(system, {
          run,
          connections: CONNECTIONS,
          perRequest: PER_REQUEST,
          pace: { kind: 'closed' },
          limit: { ms },
        }),
      );
    await once('warm-up', WARM_UP_MS);
    const rows = [];
    let last: { costs: Costs; alerts: number } | undefined;
    for (let number = 1; number <= runs; number += 1) {
      await clearQueues(system, 'purge');
      const before = await countAlerts(system);
      const meter = await startMeter(system, { 'load generator': load.pid });
      const result = await once(`run-${number}`, seconds * 1_000);
      const committed = (await countAlerts(system)) - before;
      last = { costs: await meter.read(), alerts: committed };
      if (committed !== result.accepted * PER_REQUEST) {
        throw new Error(`${result.accepted} batches accepted, ${committed} alerts committed`);
      }
      const perSecond = Math.round(committed / result.seconds);
      say(`run ${number}: ${perSecond} alerts/s`);
      rows.push([number, perSecond, result.latencyMs.p50, result.latencyMs.p95] as const);
    }
    const perSecond = median(rows.map(([, rate]) => rate));
    return {
      title: 'batch',
      method: `NDJSON of ${PER_REQUEST} alerts a request over ${CONNECTIONS} connections; the alerts in Postgres were counted after each run and equalled the accepted ones. ${HOW_SERVICES_LOG}`,
      tables: [
        {
          head: ['run', 'alerts/s', 'p50 ms a request', 'p95 ms'],
          rows: rows.map((row) => [...row]),
        },
        ...(last ? [costTable('the last run', last.costs, last.alerts)] : []),
      ],
      goals: [
        {
          name: 'median rate',
          wanted: `≥ ${formatNumber(WANTED_PER_SECOND)} alerts/s`,
          measured: `${formatNumber(perSecond)} alerts/s`,
          isMet: perSecond >= WANTED_PER_SECOND,
        },
      ],
      notes: last ? [boundBy('the batches', last.costs, CORES)] : [],
    };
  },
};

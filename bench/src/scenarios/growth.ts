import { boundBy } from '../report/bound-by.js';
import { microsAnAlert } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { type Table } from '../report/section.js';
import { median } from '../tools/statistics.js';
import { serviceOf } from '../system/meter.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { storeAlerts } from '../system/stored-alerts.js';
import {
  type EndToEnd,
  type Flood,
  flood,
  HOW_END_TO_END,
  offer,
  startEndToEnd,
} from './end-to-end.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const REPLICAS = [1, 2, 4];
const STORED = [10_000, 100_000, 1_000_000];
const WARM_UP = { run: 'warm-up', perSecond: 300, ms: 10_000 };
const FLOOD_ALERTS_A_SECOND_OF_RUN = 1_000;
/** All cost of an alert, without the sender and the sink that measure. */
const PIPELINE = [
  'postgres',
  'rabbitmq',
  'ingest-api',
  'extractor',
  'enricher',
  'dispatcher',
  'alerts-api',
];

/** How the cost of an alert grows with the number of processes and with the number of stored alerts. */
export const growth: Scenario = {
  name: 'growth',
  summary: 'cost per alert with 1, 2, 4 of each worker, and with up to a million alerts stored',
  profiled: [],
  async run(context) {
    const byReplicas: Row[] = [];
    for (const count of REPLICAS) {
      const replicas = { extractor: count, enricher: count, dispatcher: count };
      await using bench = await startEndToEnd(context, { replicas });
      byReplicas.push(await measure(bench, context, { name: 'of each worker', value: count }));
    }
    const byStored: Row[] = [];
    for (const count of STORED.filter((stored) => stored <= context.storedAlerts)) {
      await using bench = await startEndToEnd(context);
      await storeAlerts(bench.system.database, count);
      byStored.push(await measure(bench, context, { name: 'alerts stored', value: count }));
    }
    return {
      title: 'growth',
      method:
        `${context.runs} floods each, as in \`pipeline\`: ${HOW_END_TO_END} Before them, ${WARM_UP.ms / 1_000} s of ${WARM_UP.perSecond}/s that are not counted. ` +
        'CPU time is that of the services, Postgres and RabbitMQ; replicas are added up; medians. ' +
        'Stored alerts are dispatched ones with three indicators, their deduplication slot, a delivery and an attempt for each agent; ' +
        `they name the same 10,000 addresses and hashes as the flood, so that what is known of an indicator grows with them. ${HOW_SERVICES_LOG}`,
      tables: [
        growthTable('processes of each worker', byReplicas),
        growthTable('alerts stored before', byStored),
      ].filter(({ rows }) => rows.length > 0),
      goals: [],
      notes: [...byReplicas, ...byStored].map(({ note }) => note),
    };
  },
};

type Row = { value: number; perSecond: number; micros: number[]; total: number; note: string };

async function measure(
  bench: EndToEnd,
  { runs, seconds, say }: ScenarioContext,
  { name, value }: { name: string; value: number },
): Promise<Row> {
  await offer(bench, WARM_UP);
  const floods: Flood[] = [];
  for (let number = 1; number <= runs; number += 1) {
    const alerts = Math.ceil(seconds * FLOOD_ALERTS_A_SECOND_OF_RUN);
    floods.push(await flood(bench, { run: `flood-${number}`, alerts }));
  }
  const perSecond = median(floods.map((one) => one.perSecond));
  const micros = PIPELINE.map((process) => median(floods.map((one) => microsOf(one, process))));
  const total = median(floods.map(microsOfAll));
  const what = `${value.toLocaleString('en-US')} ${name}`;
  say(`${what}: ${perSecond}/s, ${Math.round(total)} µs an alert`);
  const notes = floods.slice(-1).map(({ costs }) => boundBy(`the rate with ${what}`, costs, CORES));
  return { value, perSecond, micros, total, note: notes.join('') };
}

const microsOf = ({ costs, alerts }: Flood, process: string): number =>
  microsAnAlert(
    costs.spent.filter((spent) => serviceOf(spent) === process),
    alerts,
  );

const microsOfAll = (one: Flood): number =>
  PIPELINE.reduce((sum, process) => sum + microsOf(one, process), 0);

/** Each row with its factors relative to the first. */
function growthTable(what: string, rows: readonly Row[]): Table {
  const [first] = rows;
  const factor = (of: (row: Row) => number, row: Row): number =>
    first ? of(row) / of(first) : Number.NaN;
  return {
    head: [what, 'alerts/s', '× first', 'CPU µs an alert', '× first', ...PIPELINE],
    rows: rows.map((row) => [
      row.value,
      row.perSecond,
      factor(({ perSecond }) => perSecond, row),
      Math.round(row.total),
      factor(({ total }) => total, row),
      ...row.micros.map(Math.round),
    ]),
  };
}

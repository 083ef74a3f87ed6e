import { SUBSCRIPTIONS } from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { formatNumber, type Goal, type Section } from '../report/section.js';
import { median } from '../tools/statistics.js';
import { countAlerts } from '../system/alerts.js';
import { type Costs, startMeter } from '../system/meter.js';
import { takeMessages } from '../system/queues.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { type EchoMethods } from '../tools/echo-tool.js';
import { type LoadMethods, type LoadPlan, type LoadResult } from '../tools/load-tool.js';
import { startTool, type Tool } from '../tools/tool.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const CONNECTIONS = 64;
const WARM_UP_MS = 2_000;
const INDICATOR_POOL = 1_000_000;
const WANTED_P99_MS = 50;
const PUBLISH_TIMEOUT_MS = 20_000;

/** Single POSTs, each committed before its 202, compared with an express that only parses and echoes. */
export const ingest: Scenario = {
  name: 'ingest',
  summary: 'durable single POSTs, in relation to a bare express echo',
  profiled: ['ingest-api'],
  async run(context) {
    await using system = await context.startSystem({
      replicas: { extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await using load = startTool<LoadMethods>('load-tool');
    await using echo = startTool<EchoMethods>('echo-tool');
    const echoUrl = await echo.call('listen', undefined);
    return await measure({ system, load, echo, echoUrl, context });
  },
};

type Bench = {
  system: System;
  load: Tool<LoadMethods>;
  echo: Tool<EchoMethods>;
  echoUrl: string;
  context: ScenarioContext;
};
type Run = Record<'echo' | 'named' | 'unnamed', LoadResult> & {
  costs: Costs;
  echoCosts: Costs;
};

async function measure(bench: Bench): Promise<Section> {
  const { system, context } = bench;
  for (const run of ['warm-up-1', 'warm-up-2']) await measureOnce(bench, run, WARM_UP_MS);
  const runs: Run[] = [];
  for (let number = 1; number <= context.runs; number += 1) {
    const before = await countAlerts(system);
    const measured = await measureOnce(bench, `run-${number}`, context.seconds * 1_000);
    const committed = (await countAlerts(system)) - before;
    const accepted = measured.named.accepted + measured.unnamed.accepted;
    if (committed !== accepted) throw new Error(`${accepted} accepted, ${committed} committed`);
    const { named, echo } = measured;
    context.say(`run ${number}: ${ratio(named, echo).toFixed(2)} × echo, ${rate(named)} req/s`);
    runs.push(measured);
  }
  return report(runs);
}

/** Measures the three in turn, so that other load on the machine affects all of them. */
async function measureOnce(bench: Bench, run: string, ms: number): Promise<Run> {
  const { system, load } = bench;
  const others = { echo: bench.echo.pid, 'load generator': load.pid };
  const echoMeter = await startMeter(system, others);
  const echo = await load.call('run', planFor(bench, { run, path: '/echo', hasIds: true, ms }));
  const echoCosts = await echoMeter.read();
  const path = '/v1/ingest/generic';
  const meter = await startMeter(system, others);
  const named = await load.call('run', planFor(bench, { run, path, hasIds: true, ms }));
  const costs = await meter.read();
  await expectPublished(system, named.accepted);
  const anew = `${run}-unnamed`;
  const unnamed = await load.call('run', planFor(bench, { run: anew, path, hasIds: false, ms }));
  await expectPublished(system, unnamed.accepted);
  return { echo, named, unnamed, costs, echoCosts };
}

/** The answer does not wait for the broker, so the last messages arrive a little later. */
async function expectPublished(system: System, accepted: number): Promise<void> {
  let published = 0;
  const isComplete = async () => {
    published += await takeMessages(system, [SUBSCRIPTIONS.extractor]);
    return published >= accepted;
  };
  await waitUntil(isComplete, { timeoutMs: PUBLISH_TIMEOUT_MS, intervalMs: 100 });
  if (published !== accepted) throw new Error(`${accepted} accepted, ${published} published`);
}

type PlanOptions = { run: string; path: string; hasIds: boolean; ms: number };

const planFor = ({ system, echoUrl }: Bench, { run, path, hasIds, ms }: PlanOptions): LoadPlan => ({
  url: path === '/echo' ? echoUrl : system.ingestUrl,
  path,
  apiKey: system.apiKey,
  connections: CONNECTIONS,
  alerts: { run, perRequest: 1, indicatorPool: INDICATOR_POOL, hasIds },
  pace: { kind: 'closed' },
  limit: { ms },
  insists: false,
});

const rate = ({ accepted, seconds }: LoadResult): number => Math.round(accepted / seconds);
const ratio = (one: LoadResult, other: LoadResult): number => rate(one) / rate(other);

function report(runs: readonly Run[]): Section {
  const kinds = ['echo', 'named', 'unnamed'] as const;
  const medianOf = (of: (run: Run) => number): number => median(runs.map(of));
  const rows = kinds.map((kind) => [
    { echo: 'express echo', named: 'ingest', unnamed: 'ingest, alerts without ids' }[kind],
    medianOf((run) => rate(run[kind])),
    medianOf((run) => ratio(run[kind], run.echo)),
    ...(['p50', 'p95', 'p99', 'max'] as const).map((p) =>
      medianOf((run) => run[kind].latencyMs[p]),
    ),
  ]);
  const last = runs.slice(-1);
  return {
    title: 'ingest',
    method:
      `One ingest-api, ${CONNECTIONS} kept-alive connections from a load generator in its own process, ` +
      `everything on this machine; ${runs.length} runs after two for warming up, echo and ingest in turn; medians. ` +
      'After each run, the alerts in Postgres and the messages in the queue were counted: both equalled the 202s. ' +
      `Alerts without an id of their sender are recognised by what they are about, which costs an extraction. ${HOW_SERVICES_LOG}`,
    tables: [
      { head: ['', 'req/s', '× echo', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], rows },
      {
        head: ['run', 'echo req/s', 'ingest req/s', '× echo'],
        rows: runs.map((run, index) => [
          index + 1,
          rate(run.echo),
          rate(run.named),
          ratio(run.named, run.echo),
        ]),
      },
      ...last.flatMap((run) => [
        costTable('the last echo', run.echoCosts, run.echo.accepted),
        costTable('the last ingest', run.costs, run.named.accepted),
      ]),
    ],
    goals: goals(
      medianOf((run) => ratio(run.named, run.echo)),
      medianOf((run) => run.named.latencyMs.p99),
    ),
    notes: last.map(({ costs }) => boundBy('ingest', costs, CORES)),
  };
}

const goals = (timesEcho: number, p99Ms: number): Goal[] => [
  {
    name: 'rate',
    wanted: '≥ 1 × echo',
    measured: `${formatNumber(timesEcho)} ×`,
    isMet: timesEcho >= 1,
  },
  {
    name: 'p99',
    wanted: `< ${WANTED_P99_MS} ms`,
    measured: `${formatNumber(p99Ms)} ms`,
    isMet: p99Ms < WANTED_P99_MS,
  },
];

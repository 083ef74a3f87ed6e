import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { formatNumber, type Section } from '../report/section.js';
import { median, steadyRate } from '../tools/statistics.js';
import { type Agents, startAgents } from '../system/agents.js';
import { type Costs, startMeter } from '../system/meter.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool, type Tool } from '../tools/tool.js';
import { type UndiciMethods } from '../tools/undici-tool.js';
import { awaitStage, pileUp, startWorker } from './backlog.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const ALERTS_A_SECOND_OF_RUN = 1_000;
const AGENTS = 2;
const CONCURRENCY = 64;
const BASELINE_MS = 4_000;
const WANTED_PER_SECOND = 2_000;
const WANTED_SHARE = 0.15;
const TIMEOUT_MS = 600_000;
/** Approximate size of a push besides the payload. */
const FRAME_CHARACTERS = 2_000;

/** The dispatcher alone: signed pushes with a row for each attempt, compared with plain undici. */
export const dispatch: Scenario = {
  name: 'dispatch',
  summary: 'a backlog for one dispatcher, in relation to bare undici',
  profiled: ['dispatcher'],
  async run(context) {
    await using system = await context.startSystem({ replicas: { dispatcher: 0 } });
    await using agents = await startAgents(system, { count: AGENTS, maxConcurrency: CONCURRENCY });
    await using load = startTool<LoadMethods>('load-tool');
    await using undici = startTool<UndiciMethods>('undici-tool');
    const runs: Run[] = [];
    for (let number = 1; number <= context.runs; number += 1) {
      const one = await measureOnce({ system, agents, load, undici, context }, number);
      context.say(
        `run ${number}: ${one.perSecond.toFixed(0)} deliveries/s, ${(one.share * 100).toFixed(0)} % of undici`,
      );
      runs.push(one);
    }
    return report(runs, await countAttempts(system));
  },
};

type Bench = {
  system: System;
  agents: Agents;
  load: Tool<LoadMethods>;
  undici: Tool<UndiciMethods>;
  context: ScenarioContext;
};
type Run = { deliveries: number; perSecond: number; bare: number; share: number; costs: Costs };

async function measureOnce(bench: Bench, number: number): Promise<Run> {
  const { system, agents, load, undici, context } = bench;
  const wanted = Math.ceil(context.seconds * ALERTS_A_SECOND_OF_RUN);
  const alerts = await pileUp(system, load, { run: `dispatch-${number}`, alerts: wanted });
  await awaitStage(system, 'enriched', alerts);
  const dispatcher = await startWorker(system, 'dispatcher');
  const meter = await startMeter(system, { agents: agents.sink.pid });
  await agents.awaitDelivered(alerts, TIMEOUT_MS);
  const costs = await meter.read();
  const times = (await agents.pushes()).flat().map(({ firstAtMs }) => firstAtMs);
  if (times.length !== alerts * AGENTS)
    throw new Error(`${times.length} deliveries of ${alerts} alerts`);
  await dispatcher.process().stop();
  await agents.sink.call('forget', undefined);
  const bare = await undici.call('post', {
    origin: agents.url,
    path: '/unsigned',
    body: await meanBody(system),
    concurrency: CONCURRENCY,
    ms: BASELINE_MS,
  });
  const perSecond = steadyRate(times);
  return { deliveries: times.length, perSecond, bare, share: perSecond / bare, costs };
}

function report(runs: readonly Run[], attempts: number): Section {
  const of = (value: (run: Run) => number) => median(runs.map(value));
  const perSecond = of((run) => run.perSecond);
  const share = of((run) => run.share);
  const deliveries = runs.reduce((sum, run) => sum + run.deliveries, 0);
  const last = runs.slice(-1);
  return {
    title: 'dispatch',
    method:
      `One dispatcher pushes a backlog of enriched alerts to ${AGENTS} agents that answer at once; every push was verified. ` +
      'The rate is that of the last four fifths of the pushes; the dispatcher is new in each run. ' +
      `The baseline posts a body of the same kind to the same server with undici, after each run. ${HOW_SERVICES_LOG}`,
    tables: [
      {
        head: ['run', 'bare undici, POSTs/s', 'signed, recorded deliveries/s', '× undici'],
        rows: [
          ...runs.map((run, index) => [index + 1, run.bare, run.perSecond, run.share]),
          ['median', of((run) => run.bare), perSecond, share],
        ],
      },
      ...last.map((run) => costTable('the last deliveries', run.costs, run.deliveries)),
    ],
    goals: [
      {
        name: 'rate',
        wanted: `≥ ${formatNumber(WANTED_PER_SECOND)} deliveries/s`,
        measured: `${formatNumber(perSecond)}/s`,
        isMet: perSecond >= WANTED_PER_SECOND,
      },
      {
        name: 'share of undici',
        wanted: `≥ ${WANTED_SHARE * 100} %`,
        measured: `${formatNumber(share * 100)} %`,
        isMet: share >= WANTED_SHARE,
      },
    ],
    notes: [
      `${formatNumber(attempts)} attempts are recorded for ${formatNumber(deliveries)} deliveries.`,
      ...last.map((run) => boundBy('the deliveries', run.costs, CORES)),
    ],
  };
}

async function countAttempts({ database }: System): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    'SELECT count(*) FROM delivery_attempts',
  );
  return Number(rows[0]?.count);
}

/** As long as an alert's payload with its frame; the content does not matter to undici. */
async function meanBody({ database }: System): Promise<string> {
  const { rows } = await database.pool.query<{ length: number }>(
    'SELECT avg(length(raw_payload::text))::int AS length FROM alerts',
  );
  return JSON.stringify({ payload: 'x'.repeat((rows[0]?.length ?? 0) + FRAME_CHARACTERS) });
}

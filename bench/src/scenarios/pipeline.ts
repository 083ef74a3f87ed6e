import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { formatNumber, type Goal, type Section } from '../report/section.js';
import { median } from '../tools/statistics.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import {
  type EndToEnd,
  type Flood,
  flood,
  HOW_END_TO_END,
  offer,
  startEndToEnd,
} from './end-to-end.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

/** The highest measured load, long enough for the code to be compiled. */
const WARM_UP = { run: 'warm-up', perSecond: 500, ms: 10_000 };
const OFFERED = [
  { perSecond: 100, wantedP95Ms: 150 },
  { perSecond: 500, wantedP95Ms: 500 },
];
const FLOOD_ALERTS_A_SECOND_OF_RUN = 1_000;
const WANTED_SUSTAINED = 1_000;

/** From the request of a SIEM to the 2xx of an agent, through all services. */
export const pipeline: Scenario = {
  name: 'pipeline',
  summary: 'ingest → 2xx at the agents: latency at offered loads, and the highest rate',
  profiled: ['ingest-api', 'extractor', 'enricher', 'dispatcher'],
  async run(context) {
    await using bench = await startEndToEnd(context);
    await offer(bench, WARM_UP);
    const offered = [];
    for (const load of OFFERED) offered.push(await measureOffered(bench, context, load));
    return report(offered, await measureFloods(bench, context), context);
  },
};

type Offered = { row: number[]; goal: Goal };

async function measureOffered(
  bench: EndToEnd,
  { runs, seconds, say }: ScenarioContext,
  { perSecond, wantedP95Ms }: (typeof OFFERED)[number],
): Promise<Offered> {
  const measured: Awaited<ReturnType<typeof offer>>[] = [];
  for (let number = 1; number <= runs; number += 1) {
    const run = `offered-${perSecond}-${number}`;
    const one = await offer(bench, { run, perSecond, ms: seconds * 1_000 });
    say(`${perSecond}/s: p95 ${one.delivered.p95.toFixed(0)} ms`);
    measured.push(one);
  }
  const of = (value: (one: (typeof measured)[number]) => number) => median(measured.map(value));
  const p95 = of(({ delivered }) => delivered.p95);
  return {
    row: [
      perSecond,
      of(({ alerts }) => alerts),
      of(({ accepted }) => accepted.p50),
      of(({ accepted }) => accepted.p95),
      of(({ delivered }) => delivered.p50),
      p95,
      of(({ delivered }) => delivered.p99),
      of(({ delivered }) => delivered.max),
    ],
    goal: {
      name: `p95 at ${perSecond}/s`,
      wanted: `< ${wantedP95Ms} ms`,
      measured: `${formatNumber(p95)} ms`,
      isMet: p95 < wantedP95Ms,
    },
  };
}

async function measureFloods(
  bench: EndToEnd,
  { runs, seconds, say }: ScenarioContext,
): Promise<Flood[]> {
  const floods: Flood[] = [];
  for (let number = 1; number <= runs; number += 1) {
    const alerts = Math.ceil(seconds * FLOOD_ALERTS_A_SECOND_OF_RUN);
    const one = await flood(bench, { run: `flood-${number}`, alerts });
    say(`as fast as it goes: ${one.perSecond}/s`);
    floods.push(one);
  }
  return floods;
}

function report(
  offered: readonly Offered[],
  floods: readonly Flood[],
  { runs }: ScenarioContext,
): Section {
  const sustained = median(floods.map(({ perSecond }) => perSecond));
  const last = floods.slice(-1);
  return {
    title: 'pipeline',
    method:
      `One process of each service, ${HOW_END_TO_END} Alerts are sent at a fixed rate that does not wait for answers, ` +
      `after ${WARM_UP.ms / 1_000} s of ${WARM_UP.perSecond}/s that are not counted; latency runs from when an alert was due to be sent ` +
      `until an agent answered its push. Medians of ${runs} runs. ${HOW_SERVICES_LOG}`,
    tables: [
      {
        head: [
          'offered a second',
          'alerts',
          '202 p50 ms',
          '202 p95 ms',
          'at the agent: p50 ms',
          'p95 ms',
          'p99 ms',
          'max ms',
        ],
        rows: offered.map(({ row }) => row),
      },
      {
        head: ['as fast as it goes, run', 'alerts', 'alerts/s end to end'],
        rows: floods.map(({ alerts, perSecond }, index) => [index + 1, alerts, perSecond]),
      },
      ...last.map(({ costs, alerts }) => costTable('the last flood', costs, alerts)),
    ],
    goals: [
      ...offered.map(({ goal }) => goal),
      {
        name: 'highest rate',
        wanted: `≥ ${formatNumber(WANTED_SUSTAINED)} alerts/s`,
        measured: `${formatNumber(sustained)} alerts/s`,
        isMet: sustained >= WANTED_SUSTAINED,
      },
    ],
    notes: last.map(({ costs }) => boundBy('the highest rate', costs, CORES)),
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  accelerate,
  readScaledObjects,
  type ScaledObject,
} from '../autoscaling/read-scaled-objects.js';
import { type Autoscaler, type Sample, startAutoscaler } from '../autoscaling/start-autoscaler.js';
import { waitUntil } from '@calseta/local';
import { account, judgeAccount } from '../report/account.js';
import { all } from '../report/goals.js';
import { type Line, renderLineCharts } from '../report/line-charts.js';
import { type Goal, type Section } from '../report/section.js';
import { HOW_SERVICES_LOG, type ServiceName } from '../system/start-system.js';
import { type PushRecord } from '../tools/sink-tool.js';
import { type EndToEnd, startEndToEnd } from './end-to-end.js';
import { ingestPlan } from './load-plan.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const WORKERS = ['extractor', 'enricher', 'dispatcher'] as const;
/** Slow enough that one enricher cannot keep up with the load, however fast the machine is. */
const PROVIDER_DELAY_MS = 600;
/** Alerts that a worker handles at once in each lane. */
const PREFETCH = 4;
/** Seconds of the chart's values become so many times shorter, so that the run takes minutes. */
const FASTER = 5;
/** The load, by default of `--seconds`; other lengths stretch it. */
const DEFAULT_SECONDS = 8;
const LOAD = [
  { seconds: 20, perSecond: 0 },
  { seconds: 40, perSecond: 4 },
  { seconds: 150, perSecond: 20 },
] as const;
const QUIET_AFTER_MS = 240_000;
const DELIVERY_TIMEOUT_MS = 300_000;
/** Shown when all processes are gone. */
const AFTER_MS = 5_000;
const BUCKET_SECONDS = 5;

/** A controller that decides as KEDA does, over the workers of a load that rises and ends. */
export const autoscale: Scenario = {
  name: 'autoscale',
  summary: 'workers from none to many and back, by the ScaledObjects of the chart',
  profiled: [],
  async run(context) {
    await using bench = await startEndToEnd(context, {
      replicas: { extractor: 0, enricher: 0, dispatcher: 0 },
      env: { AMQP_PREFETCH: String(PREFETCH) },
      providerDelayMs: PROVIDER_DELAY_MS,
    });
    const rules = (await readScaledObjects()).map((rule) => ({
      ...accelerate(rule, FASTER),
      minReplicas: 0,
    }));
    await using scaler = startAutoscaler(bench.system, rules);
    const startedAtMs = Date.now();
    const phases = LOAD.map(({ seconds, perSecond }) => ({
      seconds: (seconds * context.seconds) / DEFAULT_SECONDS,
      perSecond,
    }));
    const accepted = await sendLoad(bench, phases, context);
    const loadEndedAt = (Date.now() - startedAtMs) / 1_000;
    const sent = await bench.load.call('takeSent', undefined);
    const delivered = await bench.agents.awaitDelivered(sent.length, DELIVERY_TIMEOUT_MS);
    context.say(`${delivered} of ${sent.length} alerts delivered`);
    await waitUntil(() => [...scaler.pools.values()].every((pool) => pool.ready() === 0), {
      timeoutMs: QUIET_AFTER_MS,
      intervalMs: 500,
    });
    await delay(AFTER_MS);
    await scaler.stop();
    const found = await account(bench.agents, sent);
    const [pushes = []] = await bench.agents.pushes();
    return report({
      scaler,
      rules,
      phases,
      loadEndedAt,
      deliveredPerSecond: ratesOf(pushes, startedAtMs),
      goals: [
        all('alerts accepted', accepted, sent.length),
        ...judgeAccount(found, sent.length * bench.agents.paths.length),
      ],
    });
  },
};

type Phase = { seconds: number; perSecond: number };

async function sendLoad(
  { system, load }: EndToEnd,
  phases: readonly Phase[],
  { say }: ScenarioContext,
): Promise<number> {
  let accepted = 0;
  for (const [index, { seconds, perSecond }] of phases.entries()) {
    say(`${perSecond} alerts a second for ${seconds} s`);
    if (perSecond === 0) {
      await delay(seconds * 1_000);
      continue;
    }
    const plan = ingestPlan(system, {
      run: `autoscale-${index}`,
      // Each value once, so that no answer of the provider is remembered.
      indicatorPool: 1_000_000,
      pace: { kind: 'open', requestsPerSecond: perSecond },
      limit: { requests: Math.round(seconds * perSecond) },
    });
    accepted += (await load.call('run', plan)).accepted;
  }
  return accepted;
}

/** Alerts a second that reached the first agent, by the second at which each bucket ends. */
function ratesOf(pushes: readonly PushRecord[], startedAtMs: number): [number, number][] {
  const buckets = new Map<number, number>();
  for (const { firstAtMs } of pushes) {
    const bucket = Math.floor((firstAtMs - startedAtMs) / 1_000 / BUCKET_SECONDS);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const last = Math.max(0, ...buckets.keys());
  return Array.from({ length: last + 2 }, (_, bucket) => [
    (bucket + 1) * BUCKET_SECONDS,
    (buckets.get(bucket) ?? 0) / BUCKET_SECONDS,
  ]);
}

type Result = {
  scaler: Autoscaler;
  rules: readonly ScaledObject[];
  phases: readonly Phase[];
  loadEndedAt: number;
  deliveredPerSecond: [number, number][];
  goals: Goal[];
};

function report(result: Result): Section {
  const { scaler, rules, loadEndedAt } = result;
  const ends = [...scaler.pools.values()].flatMap((pool) => pool.ends);
  const of = (service: ServiceName) =>
    scaler.samples.filter((sample) => sample.service === service);
  const peak = (service: ServiceName, value: (sample: Sample) => number) =>
    Math.max(0, ...of(service).map(value));
  const enricher = of('enricher');
  const target = targetAge(rules, 'enricher');
  const crest = enricher.find(
    ({ oldestAgeSeconds }) => oldestAgeSeconds === peak('enricher', (one) => one.oldestAgeSeconds),
  );
  const relieved = enricher.find(
    ({ atSeconds, oldestAgeSeconds }) =>
      atSeconds > (crest?.atSeconds ?? Infinity) && oldestAgeSeconds < target,
  );
  return {
    title: 'autoscale',
    method:
      'A controller asks the queries of the ScaledObjects in deploy/kubernetes/autoscaled/calseta.yaml and decides as KEDA and the ' +
      'HorizontalPodAutoscaler do, over real processes. Every worker begins with none (`minReplicas: 0`). ' +
      `Polling, cooldown, stabilization and targets are ${FASTER} times shorter than in the chart: polling every ${rules[0]?.pollingSeconds} s, ` +
      `an enricher's oldest age of ${target} s. A provider takes ${PROVIDER_DELAY_MS} ms and a worker handles ${PREFETCH} alerts of a lane at once (AMQP_PREFETCH), ` +
      `so that the enrichers are what the load needs more of. ${HOW_SERVICES_LOG}`,
    pictures: [{ name: 'curve', alt: 'Rates, ages and processes over time', svg: draw(result) }],
    tables: [
      {
        head: [
          'worker',
          'first ready after s',
          'most processes',
          'oldest age s',
          'largest backlog',
          'started again',
        ],
        rows: WORKERS.map((service) => [
          service,
          of(service).find(({ ready }) => ready > 0)?.atSeconds ?? Number.NaN,
          peak(service, ({ ready }) => ready),
          peak(service, ({ oldestAgeSeconds }) => oldestAgeSeconds),
          peak(service, ({ backlog }) => backlog),
          scaler.pools.get(service)?.restarts() ?? 0,
        ]),
      },
    ],
    goals: [
      ...result.goals,
      {
        name: 'most enrichers',
        wanted: '≥ 2',
        measured: String(peak('enricher', ({ ready }) => ready)),
        isMet: peak('enricher', ({ ready }) => ready) >= 2,
      },
      {
        name: `oldest age of the enricher below ${target} s again while the load lasts`,
        wanted: `< ${loadEndedAt.toFixed(0)} s`,
        measured: relieved ? `${relieved.atSeconds.toFixed(0)} s` : 'never',
        isMet: (relieved?.atSeconds ?? Infinity) < loadEndedAt,
      },
      all(
        'workers without a process at the end',
        WORKERS.filter((one) => of(one).at(-1)?.ready === 0).length,
        WORKERS.length,
      ),
      all(
        'processes taken away that ended with code 0',
        ends.filter((end) => end === 'code 0').length,
        ends.length,
      ),
    ],
    notes: [],
  };
}

const targetAge = (rules: readonly ScaledObject[], service: ServiceName): number =>
  rules.find((rule) => rule.service === service)?.triggers.find(({ name }) => name === 'oldest-age')
    ?.target ?? Number.NaN;

function draw({ scaler, rules, phases, deliveredPerSecond }: Result): string {
  const lines = (value: (sample: Sample) => number, isStep = false): Line[] =>
    WORKERS.map((service) => ({
      name: service,
      isStep,
      points: scaler.samples
        .filter((sample) => sample.service === service)
        .map((sample) => [sample.atSeconds, value(sample)]),
    }));
  const end = Math.max(...scaler.samples.map(({ atSeconds }) => atSeconds));
  const target = targetAge(rules, 'enricher');
  return renderLineCharts({
    title: 'The load rises, processes follow, and go',
    xLabel: 'seconds',
    panels: [
      {
        title: 'alerts a second',
        lines: [
          { name: 'sent', isStep: true, points: [...offered(phases), [end, 0]] },
          { name: 'delivered', points: deliveredPerSecond },
        ],
      },
      {
        title: 'oldest waiting alert, s; dashed: its target',
        lines: [
          ...lines(({ oldestAgeSeconds }) => oldestAgeSeconds),
          {
            name: 'enricher',
            isDashed: true,
            points: [
              [0, target],
              [end, target],
            ],
          },
        ],
      },
      { title: 'waiting alerts', lines: lines(({ backlog }) => backlog) },
      { title: 'processes that are ready', lines: lines(({ ready }) => ready, true) },
    ],
  });
}

/** The rate at the beginning of each phase, and 0 after the last. */
function offered(phases: readonly Phase[]): [number, number][] {
  let at = 0;
  const points = phases.map(({ seconds, perSecond }): [number, number] => {
    const point: [number, number] = [at, perSecond];
    at += seconds;
    return point;
  });
  return [...points, [at, 0]];
}

import { type Agents, startAgents } from '../system/agents.js';
import { startMeter } from '../system/meter.js';
import { hosted } from '../system/hosted.js';
import { startSystem, type System } from '../system/start-system.js';
import { costTable } from '../report/cost-table.js';
import { formatNumber, type Goal, type Section, type Table } from '../report/section.js';
import { type Percentiles, percentiles } from '../report/statistics.js';
import type { LoadMethods } from '../tools/load-tool.js';
import { startTool, type Tool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const AGENTS = 2;
const PROVIDER_DELAY_MS = 20;
const WARM_UP = { perSecond: 100, ms: 5_000 };
const OFFERED = [
  { perSecond: 100, wantedP95Ms: 150 },
  { perSecond: 500, wantedP95Ms: 500 },
];
const FLOOD_ALERTS_A_SECOND_OF_RUN = 1_000;
const WANTED_SUSTAINED = 1_000;
const DRAIN_TIMEOUT_MS = 120_000;

/** From the request of a SIEM to the 2xx of an agent, through everything. */
export const pipeline: Scenario = {
  name: 'pipeline',
  summary: 'ingest → 2xx at the agents: latency at offered loads, and the highest rate',
  async run(context) {
    await using system = await startSystem({
      launch: (service) =>
        service === 'enricher' ? hosted({ service, providerDelayMs: PROVIDER_DELAY_MS }) : {},
    });
    await using agents = await startAgents(system, { count: AGENTS, maxConcurrency: 50 });
    await using load = startTool<LoadMethods>('load-tool');
    return await measure({ system, agents, load, context });
  },
};

type Bench = {
  system: System;
  agents: Agents;
  load: Tool<LoadMethods>;
  context: ScenarioContext;
};

async function measure(bench: Bench): Promise<Section> {
  const { context } = bench;
  await offer(bench, 'warm-up', WARM_UP.perSecond, WARM_UP.ms);
  const latencies: Table['rows'] = [];
  const goals: Goal[] = [];
  for (const { perSecond, wantedP95Ms } of OFFERED) {
    const { latency, alerts, acceptedMs } = await offer(
      bench,
      `offered-${perSecond}`,
      perSecond,
      context.seconds * 1_000,
    );
    context.say(`${perSecond}/s: p95 ${latency.p95.toFixed(0)} ms`);
    latencies.push([
      perSecond,
      alerts,
      acceptedMs.p95,
      latency.p50,
      latency.p95,
      latency.p99,
      latency.max,
    ]);
    goals.push({
      name: `p95 at ${perSecond}/s`,
      wanted: `< ${wantedP95Ms} ms`,
      measured: `${formatNumber(latency.p95)} ms`,
      isMet: latency.p95 < wantedP95Ms,
    });
  }
  const sustained = await flood(bench);
  return {
    title: 'pipeline',
    method:
      `One process of each service, ${AGENTS} agents that answer at once, three indicators an alert from a pool of 10,000 values, ` +
      `a provider that takes ${PROVIDER_DELAY_MS} ms beside the built-in ones. Alerts are sent at a fixed rate that does not wait for answers; ` +
      'latency runs from when an alert was due to be sent until an agent answered its push. Every alert of every run reached every agent, with a valid signature.',
    tables: [
      {
        head: [
          'offered a second',
          'alerts',
          '202 p95 ms',
          'at the agent: p50 ms',
          'p95 ms',
          'p99 ms',
          'max ms',
        ],
        rows: latencies,
      },
      {
        head: ['', 'alerts', 'alerts/s end to end'],
        rows: [['as fast as it goes', sustained.alerts, sustained.perSecond]],
      },
      sustained.costs,
    ],
    goals: [
      ...goals,
      {
        name: 'highest rate',
        wanted: `≥ ${formatNumber(WANTED_SUSTAINED)} alerts/s`,
        measured: `${formatNumber(sustained.perSecond)} alerts/s`,
        isMet: sustained.perSecond >= WANTED_SUSTAINED,
      },
    ],
    notes: [],
  };
}

async function offer(bench: Bench, run: string, perSecond: number, ms: number) {
  const { system, load } = bench;
  const pace = { kind: 'open', requestsPerSecond: perSecond } as const;
  const requests = Math.round((perSecond * ms) / 1_000);
  const result = await load.call('run', ingestPlan(system, { run, pace, limit: { requests } }));
  const { latency, alerts } = await settle(bench);
  if (alerts !== requests) throw new Error(`${run}: ${alerts} of ${requests} were accepted`);
  return { latency, alerts, acceptedMs: result.latencyMs };
}

/** Waits for the last push and compares what was sent with what came. */
async function settle({ agents, load }: Bench) {
  const sent = await load.call('takeSent', undefined);
  await agents.awaitDelivered(sent.length, DRAIN_TIMEOUT_MS);
  const dueAt = new Map(sent.map(({ uuid, atMs }) => [uuid, atMs]));
  const latencies: number[] = [];
  let lastAtMs = 0;
  for (const pushes of await agents.pushes()) {
    for (const { uuid, firstAtMs } of pushes) {
      const due = dueAt.get(uuid);
      if (due === undefined) throw new Error(`An agent got ${uuid}, which nobody sent.`);
      latencies.push(firstAtMs - due);
      lastAtMs = Math.max(lastAtMs, firstAtMs);
    }
  }
  const { badSignatures } = await agents.sink.call('counts', undefined);
  const expected = sent.length * agents.paths.length;
  if (latencies.length !== expected || badSignatures > 0) {
    throw new Error(`${latencies.length} of ${expected} pushes, ${badSignatures} badly signed`);
  }
  await agents.sink.call('forget', undefined);
  const firstAtMs = sent.reduce(
    (first, { atMs }) => Math.min(first, atMs),
    Number.POSITIVE_INFINITY,
  );
  const latency: Percentiles = percentiles(latencies);
  return { alerts: sent.length, latency, seconds: (lastAtMs - firstAtMs) / 1_000 };
}

/** Sends as fast as answers come, and takes the time until the last push. */
async function flood(bench: Bench) {
  const { system, agents, load, context } = bench;
  const requests = Math.ceil(context.seconds * FLOOD_ALERTS_A_SECOND_OF_RUN);
  const meter = await startMeter(system, { 'load generator': load.pid, agents: agents.sink.pid });
  const plan = ingestPlan(system, {
    run: 'flood',
    connections: 32,
    pace: { kind: 'closed' },
    limit: { requests },
  });
  await load.call('run', plan);
  const { alerts, seconds } = await settle(bench);
  const perSecond = Math.round(alerts / seconds);
  context.say(`highest rate: ${perSecond}/s`);
  return { alerts, perSecond, costs: costTable('the flood', await meter.read(), alerts) };
}

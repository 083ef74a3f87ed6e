import { Resources } from '@calseta/platform';
import { type Percentiles, percentiles } from '../tools/statistics.js';
import { type Agents, startAgents } from '../system/agents.js';
import { hosted } from '../system/hosted.js';
import { type Costs, startMeter } from '../system/meter.js';
import { type System, type SystemOptions } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool, type Tool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';
import { type ScenarioContext } from './scenario.js';

const AGENTS = 2;
const PROVIDER_DELAY_MS = 20;
const FLOOD_CONNECTIONS = 32;
const DRAIN_TIMEOUT_MS = 120_000;

/** Text for the method of a scenario. */
export const HOW_END_TO_END =
  `${AGENTS} agents that answer at once, three indicators an alert from a pool of 10,000 values, ` +
  `a provider that takes ${PROVIDER_DELAY_MS} ms beside the built-in ones. ` +
  'Every alert of every run reached every agent, with a valid signature.';

/** All services from a SIEM to its agents, and the SIEM and the agents themselves. */
export type EndToEnd = AsyncDisposable & {
  system: System;
  agents: Agents;
  load: Tool<LoadMethods>;
};

type EndToEndOptions = Pick<SystemOptions, 'replicas' | 'env'> & {
  /** How long the provider takes that is there beside the built-in ones. */
  providerDelayMs?: number;
};

export async function startEndToEnd(
  context: ScenarioContext,
  options: EndToEndOptions = {},
): Promise<EndToEnd> {
  const resources = new Resources();
  const { providerDelayMs = PROVIDER_DELAY_MS, ...systemOptions } = options;
  try {
    const launch: SystemOptions['launch'] = (service) =>
      service === 'enricher' ? hosted({ service, providerDelayMs }) : {};
    const system = resources.use(await context.startSystem({ ...systemOptions, launch }));
    const agents = resources.use(await startAgents(system, { count: AGENTS, maxConcurrency: 50 }));
    const load = resources.use(startTool<LoadMethods>('load-tool'));
    return {
      system,
      agents,
      load,
      [Symbol.asyncDispose]: async () => await resources[Symbol.asyncDispose](),
    };
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

type Offer = { run: string; perSecond: number; ms: number };
type Offered = { alerts: number; accepted: Percentiles; delivered: Percentiles };

/** Sends at a rate that does not wait for answers; latencies start when an alert is due. */
export async function offer(bench: EndToEnd, { run, perSecond, ms }: Offer): Promise<Offered> {
  const { system, load } = bench;
  const pace = { kind: 'open', requestsPerSecond: perSecond } as const;
  const requests = Math.round((perSecond * ms) / 1_000);
  const result = await load.call('run', ingestPlan(system, { run, pace, limit: { requests } }));
  const { latency, alerts } = await settle(bench);
  if (alerts !== requests) throw new Error(`${run}: ${alerts} of ${requests} were accepted`);
  return { alerts, accepted: result.latencyMs, delivered: latency };
}

export type Flood = { alerts: number; perSecond: number; costs: Costs };

/** Sends as fast as answers arrive, and measures the time until the last push. */
export async function flood(
  bench: EndToEnd,
  { run, alerts: requests }: { run: string; alerts: number },
): Promise<Flood> {
  const { system, agents, load } = bench;
  const meter = await startMeter(system, { 'load generator': load.pid, agents: agents.sink.pid });
  const plan = ingestPlan(system, {
    run,
    connections: FLOOD_CONNECTIONS,
    pace: { kind: 'closed' },
    limit: { requests },
  });
  await load.call('run', plan);
  const { alerts, seconds } = await settle(bench);
  return { alerts, perSecond: Math.round(alerts / seconds), costs: await meter.read() };
}

/** Waits for the last push and compares what was sent with what arrived. */
async function settle({ agents, load }: EndToEnd) {
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
  return {
    alerts: sent.length,
    latency: percentiles(latencies),
    seconds: (lastAtMs - firstAtMs) / 1_000,
  };
}

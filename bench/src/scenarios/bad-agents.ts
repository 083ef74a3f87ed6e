import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@calseta/local';
import { type Section } from '../report/section.js';
import { type Agents, startAgents } from '../system/agents.js';
import { callApi } from '../system/call-api.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { median, percentiles } from '../tools/statistics.js';
import { startTool, type Tool } from '../tools/tool.js';
import { wallClockMs } from '../tools/wall-clock.js';
import { ingestPlan } from './load-plan.js';
import { type Scenario } from './scenario.js';

const AGENTS = 10;
const BAD_AGENTS = 3;
const CONCURRENCY = 10;
const HANGS_MS = 30_000;
const ALERTS_PER_SECOND = 20;
/** One large alert and one small Critical one at a time. */
const PAIR_EVERY_MS = 500;
const LARGE_CHARACTERS = 64 * 1_024;
const WANTED_RATIO = 1.2;
const WANTED_CRITICAL_MS = 2_000;
const TIMEOUT_MS = 60_000;

/** Ten agents, of which three are bad in one run: one hangs, one answers 500, one answers 413 to large alerts. */
export const badAgents: Scenario = {
  name: 'bad-agents',
  summary:
    'seven agents beside one that hangs, one that answers 500 and one that refuses large alerts',
  profiled: ['dispatcher'],
  async run(context) {
    await using system = await context.startSystem();
    await using agents = await startAgents(system, {
      count: AGENTS,
      maxConcurrency: CONCURRENCY,
      timeoutSeconds: HANGS_MS / 1_000,
    });
    await using load = startTool<LoadMethods>('load-tool');
    const ms = context.seconds * 1_000;
    const bench: Bench = { system, agents, load, ms };
    await measureOnce(bench, 'warm-up');
    const runs: { without: Run; beside: Run }[] = [];
    for (let number = 1; number <= context.runs; number += 1) {
      const without = await measureOnce(bench, `without-${number}`);
      await misbehave(agents);
      const beside = await measureOnce(bench, `beside-${number}`);
      await behave(agents);
      context.say(
        `run ${number}: p95 ${without.p95.toFixed(0)} ms without, ${beside.p95.toFixed(0)} ms beside them; ` +
          `small Critical ones at the third: ${beside.criticalMs.toFixed(0)} ms at most`,
      );
      runs.push({ without, beside });
    }
    return report(runs);
  },
};

type Bench = { system: System; agents: Agents; load: Tool<LoadMethods>; ms: number };
/** Times from when an alert was due to its push, ms: p95 at the seven, the longest of Critical ones at the third. */
type Run = { pushes: number; p95: number; criticalMs: number };

async function misbehave({ sink, paths: [hangs = '', fails = '', refuses = ''] }: Agents) {
  await sink.call('behave', { path: hangs, delayMs: HANGS_MS });
  await sink.call('behave', { path: fails, status: 500 });
  await sink.call('behave', { path: refuses, refusesFromBytes: LARGE_CHARACTERS });
}

async function behave({ sink, paths }: Agents): Promise<void> {
  for (const path of paths.slice(0, BAD_AGENTS)) await sink.call('behave', { path });
}

async function measureOnce({ system, agents, load, ms }: Bench, run: string): Promise<Run> {
  await agents.sink.call('forget', undefined);
  const requests = Math.round((ms / 1_000) * ALERTS_PER_SECOND);
  const pace = { kind: 'open', requestsPerSecond: ALERTS_PER_SECOND } as const;
  const [, pairs] = await Promise.all([
    load.call('run', ingestPlan(system, { run, pace, limit: { requests } })),
    sendPairs(system, { run, ms }),
  ]);
  const sent = new Map(pairs.all);
  for (const { uuid, atMs } of await load.call('takeSent', undefined)) sent.set(uuid, atMs);
  const well = agents.paths.slice(BAD_AGENTS);
  const at = async (path: string) => await agents.sink.call('pushesTo', path);
  const third = async () =>
    (await at(agents.paths[BAD_AGENTS - 1] ?? '')).filter(({ uuid }) => pairs.critical.has(uuid));
  const isComplete = async () => {
    const counts = (await Promise.all(well.map(at))).map(({ length }) => length);
    return (
      counts.every((count) => count >= sent.size) && (await third()).length >= pairs.critical.size
    );
  };
  if (!(await waitUntil(isComplete, { timeoutMs: TIMEOUT_MS, intervalMs: 200 }))) {
    throw new Error(`${run}: not every alert arrived`);
  }
  const latencies = (await Promise.all(well.map(at)))
    .flat()
    .map(({ uuid, firstAtMs }) => firstAtMs - (sent.get(uuid) ?? Number.NaN));
  const critical = (await third()).map(
    ({ uuid, firstAtMs }) => firstAtMs - (sent.get(uuid) ?? Number.NaN),
  );
  return {
    pushes: latencies.length,
    p95: percentiles(latencies).p95,
    criticalMs: Math.max(...critical),
  };
}

/** Sends pairs of a large alert and a small Critical one; returns when each was sent. */
async function sendPairs(system: System, { run, ms }: { run: string; ms: number }) {
  const all = new Map<string, number>();
  const critical = new Set<string>();
  const post = async (alert: object): Promise<string> => {
    const atMs = wallClockMs();
    const target = { apiUrl: system.ingestUrl, apiKey: system.apiKey };
    const { alert_uuid: uuid } = await callApi<{ alert_uuid: string }>(
      target,
      'POST',
      '/v1/ingest/generic',
      alert,
    );
    all.set(uuid, atMs);
    return uuid;
  };
  for (let number = 0; number * PAIR_EVERY_MS < ms; number += 1) {
    await post({ title: `${run} large ${number}`, description: 'x'.repeat(LARGE_CHARACTERS) });
    critical.add(await post({ title: `${run} small ${number}`, severity: 'Critical' }));
    await delay(PAIR_EVERY_MS);
  }
  return { all, critical };
}

function report(runs: readonly { without: Run; beside: Run }[]): Section {
  const ratio = median(runs.map(({ without, beside }) => beside.p95 / without.p95));
  const criticalMs = Math.max(...runs.map(({ beside }) => beside.criticalMs));
  return {
    title: 'bad-agents',
    method:
      `${ALERTS_PER_SECOND} alerts a second, beside them a large and a small Critical one every ${PAIR_EVERY_MS} ms, to ${AGENTS} agents. ` +
      `In the second run of each pair one agent hangs for ${HANGS_MS / 1_000} s a request, one answers 500, and one answers 413 to ` +
      `bodies from ${LARGE_CHARACTERS} bytes on. Times are those from sending an alert to its first push at the other seven. ${HOW_SERVICES_LOG}`,
    tables: [
      {
        head: [
          'run',
          'pushes to the seven',
          'p95 without, ms',
          'p95 beside them, ms',
          '×',
          'Critical at the third, ms at most',
        ],
        rows: runs.map(({ without, beside }, index) => [
          index + 1,
          without.pushes + beside.pushes,
          without.p95,
          beside.p95,
          beside.p95 / without.p95,
          beside.criticalMs,
        ]),
      },
    ],
    goals: [
      {
        name: 'p95 of the seven beside the bad ones',
        wanted: `≤ ${WANTED_RATIO} ×`,
        measured: `${ratio.toFixed(2)} ×`,
        isMet: ratio <= WANTED_RATIO,
      },
      {
        name: 'small Critical alerts at the agent that refuses large ones',
        wanted: `< ${WANTED_CRITICAL_MS} ms`,
        measured: `${criticalMs.toFixed(0)} ms at most`,
        isMet: criticalMs < WANTED_CRITICAL_MS,
      },
    ],
    notes: [],
  };
}

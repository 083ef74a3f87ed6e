import { loadavg } from 'node:os';
import { inspect } from 'node:util';
import { CORES } from '../report/machine.js';
import { below, none } from '../report/goals.js';
import { type Goal, type Section, type Table } from '../report/section.js';
import { type Liveness, type LivezMethods, type Watched } from '../tools/livez-tool.js';
import { startTool } from '../tools/tool.js';
import { type AttackContext, type Door, type Findings } from './door.js';
import { judgeRecovery } from './judge-recovery.js';
import { type TargetProcess } from './target/list-processes.js';
import { type Peak, watchMemory } from './target/watch-memory.js';

/** Result of one door on one target. */
export type Verdict = { door: string; isHeld: boolean; section: Section };

const MAX_MEMORY_MIB = 600;
/** `npm run chaos` judges the servers: their memory depends on their settings. */
const SERVERS = new Set(['postgres', 'beam.smp', 'erl_child_setup', 'inet_gethost']);
const MAX_SILENCE_MS = 1_000;
/** Limit in the short size, when other tests use the same machine. */
const MAX_SILENCE_SHORT_MS = 15_000;

/** Attacks a door while every process is watched, and judges it. */
export async function runDoor(door: Door, context: AttackContext): Promise<Verdict> {
  const { target, size, seed } = context;
  const { maxSilenceMs = MAX_SILENCE_MS } = door;
  const processes = (await target.processes()).filter(({ name }) => !SERVERS.has(name));
  const readPeaks = await watchMemory(processes);
  await using livez = startTool<LivezMethods>('livez-tool');
  await livez.call('watch', watchedOf(target.apiUrl, processes));
  const startedAt = performance.now();
  const found = await door.attack(context).catch(brokenOff);
  const seconds = (performance.now() - startedAt) / 1_000;
  const alive = await livez.call('stop', undefined);
  const peaks = await readPeaks();
  const [load = 0] = loadavg();
  const silence = size === 'full' ? maxSilenceMs : MAX_SILENCE_SHORT_MS;
  const goals = [
    ...found.goals,
    judgeSilence(alive, silence, load),
    ...judgePeak(peaks),
    ...(await judgeRecovery(target)),
    judgeEnded(processes, await target.processes()),
  ];
  const isHeld = goals.every(({ isMet }) => isMet);
  const loaded =
    load > CORES ? [`The machine was loaded: ${load.toFixed(1)} on ${CORES} cores.`] : [];
  const section = {
    title: `${door.name}, ${target.mode}: ${isHeld ? 'held' : 'OPEN'}`,
    method: `${door.summary}. Size ${size}, seed ${seed}; it took ${seconds.toFixed(0)} s.`,
    tables: [...(found.tables ?? []), processTable(alive, peaks)],
    goals,
    notes: [...(found.notes ?? []), ...loaded],
  };
  return { door: door.name, isHeld, section };
}

/** When an attack stops with an error, the system did not answer as it must. */
const brokenOff = (error: unknown): Findings => ({
  goals: [
    none('errors that broke the attack off', 1, [inspect(error, { depth: 3, compact: true })]),
  ],
});

/** The public URL stands for the gateway of a cluster, and for all of standalone. */
const watchedOf = (apiUrl: string, processes: readonly TargetProcess[]): Watched[] =>
  processes.flatMap(({ name, pid, healthUrl }) => {
    if (name === 'gateway' || name === 'standalone') return [{ name, pid, url: apiUrl }];
    return healthUrl === undefined ? [] : [{ name, pid, url: healthUrl }];
  });

/** On a loaded machine, judges by CPU time of the main thread, and allows a wait that fits the load. */
function judgeSilence(alive: readonly Liveness[], maxMs: number, load: number): Goal {
  const failures = alive.reduce((sum, one) => sum + one.failures, 0);
  const [slowest] = alive.toSorted((a, b) => b.slowestMs - a.slowestMs);
  const busiestMs = Math.max(...alive.map((one) => one.busiestMs));
  const { slowestMs = Infinity, name = '?' } = slowest ?? {};
  const isFast =
    load > CORES ? busiestMs < maxMs && slowestMs < maxMs * (1 + load / CORES) : slowestMs < maxMs;
  return {
    name: 'slowest /livez of any process',
    wanted: `< ${maxMs} ms`,
    measured: `${slowestMs.toFixed(0)} ms (${name}), ${busiestMs.toFixed(0)} ms of it busy, ${failures} unanswered`,
    isMet: isFast && failures === 0,
  };
}

function judgePeak([largest]: readonly Peak[]): Goal[] {
  if (!largest) return [];
  const { name, peakMib } = largest;
  const goal = below('peak memory of any process', peakMib, MAX_MEMORY_MIB, 'MiB');
  return [{ ...goal, measured: `${goal.measured} (${name})` }];
}

function judgeEnded(before: readonly TargetProcess[], after: readonly TargetProcess[]): Goal {
  const alive = new Set(after.map(({ pid }) => pid));
  const ended = before.filter(({ pid }) => !alive.has(pid)).map(({ name }) => name);
  return none('processes that ended', ended.length, ended);
}

const processTable = (alive: readonly Liveness[], peaks: readonly Peak[]): Table => ({
  head: ['process', 'peak MiB', 'slowest /livez ms', 'busy during one ms'],
  rows: peaks.map(({ name, peakMib }) => {
    const one = alive.find((liveness) => liveness.name === name);
    const times = one ? [Math.round(one.slowestMs), Math.round(one.busiestMs)] : ['–', '–'];
    return [name, Math.round(peakMib), ...times];
  }),
});

import { setTimeout as delay } from 'node:timers/promises';
import { hosted } from '../system/hosted.js';
import { type Instance } from '../system/start-system.js';
import { type CrashPoint } from '../tools/crash-at.js';
import { type ChaosSystem } from './chaos-system.js';
import { type Fault, nothingMore } from './fault.js';

const POINTS: CrashPoint['at'][] = ['after-commit', 'after-publish'];
const WORKERS = ['extractor', 'enricher', 'dispatcher'] as const;
/** The crash happens at the n-th message, among others. */
const MESSAGES = 5;
const CRASH_TIMEOUT_MS = 30_000;

export const crashPoints: Fault = {
  name: 'crash-points',
  summary:
    'One of each worker dies right after a commit, right after a publish, and right after a push',
  full: { alerts: 4_000, alertsPerSecond: 60, rounds: 2, pauseMs: 500 },
  short: { alerts: 300, alertsPerSecond: 20, rounds: 1, pauseMs: 0 },
  async strike(chaos, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(WORKERS.map((service) => dieAtPoints(chaos, service, pauseMs)));
      await dieAfterPush(chaos);
    }
    return nothingMore;
  },
};

async function dieAtPoints(
  { system }: ChaosSystem,
  service: (typeof WORKERS)[number],
  pauseMs: number,
): Promise<void> {
  const [instance] = system.instancesOf(service);
  if (!instance) throw new Error(`There is no ${service}.`);
  for (const at of POINTS) {
    await instance.process().stop();
    await instance.startEnding(hosted({ service, crash: { at, messages: MESSAGES } }));
    await crashed(instance);
    await delay(pauseMs);
  }
  await instance.restart();
}

async function crashed({ process, name }: Instance): Promise<void> {
  const end = await Promise.race([process().exited, delay(CRASH_TIMEOUT_MS, 'nothing')]);
  if (end !== 'SIGKILL') throw new Error(`${name} was to crash: ${end}`);
}

async function dieAfterPush({ system, agents }: ChaosSystem): Promise<void> {
  const [dispatcher] = system.instancesOf('dispatcher');
  const [path = ''] = agents.paths;
  if (!dispatcher) return;
  await agents.sink.call('behave', { path, killsPid: dispatcher.process().pid });
  await crashed(dispatcher);
  await dispatcher.restart();
}

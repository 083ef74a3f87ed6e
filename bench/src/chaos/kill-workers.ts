import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, nothingMore } from './fault.js';

export const killWorkers: Fault = {
  name: 'kill-workers',
  summary: 'SIGKILL to every extractor, enricher and dispatcher at once, again and again',
  full: { alerts: 10_000, alertsPerSecond: 150, rounds: 10, pauseMs: 5_000 },
  short: { alerts: 200, alertsPerSecond: 40, rounds: 1, pauseMs: 1_000 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMs);
      const workers = system.instancesOf('extractor', 'enricher', 'dispatcher');
      await Promise.all(
        workers.map(async ({ process, restart }) => {
          await process().kill();
          await restart();
        }),
      );
    }
    return nothingMore;
  },
};

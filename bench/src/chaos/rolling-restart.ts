import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  summary:
    'SIGTERM to one process after the other under load, each started again when it has ended',
  full: { alerts: 6_000, alertsPerSecond: 100, rounds: 3, pauseMs: 500 },
  short: { alerts: 300, alertsPerSecond: 30, rounds: 1, pauseMs: 100 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      for (const { process, restart } of system.instancesOf(
        'ingest-api',
        'extractor',
        'enricher',
        'dispatcher',
      )) {
        await process().stop();
        await restart();
        await delay(pauseMs);
      }
    }
    return onlyStatuses(202);
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

/** Below the services' SHUTDOWN_DEADLINE_MS. */
const MAX_STOP_MS = 10_000;

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  summary:
    'SIGTERM to one process after the other under load, each started again when it has ended',
  full: { alerts: 6_000, alertsPerSecond: 100, rounds: 3, pauseMs: 500 },
  short: { alerts: 300, alertsPerSecond: 30, rounds: 1, pauseMs: 100 },
  async strike({ system }, { rounds, pauseMs }) {
    let slowestMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const { process, restart } of system.instancesOf(
        'ingest-api',
        'extractor',
        'enricher',
        'dispatcher',
      )) {
        const askedAt = performance.now();
        await process().stop();
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        await restart();
        await delay(pauseMs);
      }
    }
    const isInTime = slowestMs < MAX_STOP_MS;
    return {
      judge: (load) => [
        ...onlyStatuses(202).judge(load),
        {
          name: 'slowest orderly stop',
          wanted: `< ${MAX_STOP_MS} ms`,
          measured: `${slowestMs.toFixed(0)} ms`,
          isMet: isInTime,
        },
      ],
    };
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

/** How long the database is down. */
const OUTAGE_MS = 3_000;

export const killPostgres: Fault = {
  name: 'kill-postgres',
  summary: 'SIGKILL to Postgres, which is started again three seconds later',
  full: { alerts: 6_000, alertsPerSecond: 150, rounds: 2, pauseMs: 10_000 },
  short: { alerts: 200, alertsPerSecond: 30, rounds: 1, pauseMs: 2_000 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMs);
      await system.postgres.kill();
      await delay(OUTAGE_MS);
      await system.postgres.restart();
    }
    return onlyStatuses(202, 503);
  },
};

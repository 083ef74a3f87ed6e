import { setTimeout as delay } from 'node:timers/promises';
import { clearQueues } from '../system/queues.js';
import { type Fault, onlyStatuses } from './fault.js';

export const wipeBroker: Fault = {
  name: 'wipe-broker',
  summary: 'All queues of the pipeline are deleted with what they hold',
  full: { alerts: 6_000, alertsPerSecond: 150, rounds: 4, pauseMs: 8_000 },
  short: { alerts: 200, alertsPerSecond: 40, rounds: 1, pauseMs: 1_500 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMs);
      await clearQueues(system, 'delete');
    }
    return onlyStatuses(202);
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

export const freezeBroker: Fault = {
  name: 'freeze-broker',
  summary:
    'RabbitMQ is stopped with SIGSTOP and goes on later: its connections stay, no confirm comes',
  full: { alerts: 6_000, alertsPerSecond: 60, rounds: 1, pauseMs: 60_000 },
  short: { alerts: 200, alertsPerSecond: 20, rounds: 1, pauseMs: 6_000 },
  async strike({ system }, { rounds, pauseMs }) {
    // Signals the group: the broker's own process is a child of the one that was started.
    const group = -system.rabbitmq.pid();
    for (let round = 0; round < rounds; round += 1) {
      await delay(BEFORE_MS);
      process.kill(group, 'SIGSTOP');
      await delay(pauseMs);
      process.kill(group, 'SIGCONT');
    }
    return onlyStatuses(202);
  },
};

const BEFORE_MS = 1_000;

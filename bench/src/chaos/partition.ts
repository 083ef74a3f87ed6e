import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

const OUTAGE_MS = 2_000;

export const partition: Fault = {
  name: 'partition',
  summary:
    'The network to RabbitMQ and to Postgres resets every connection, and then takes none for two seconds',
  full: { alerts: 6_000, alertsPerSecond: 150, rounds: 6, pauseMs: 3_000 },
  short: { alerts: 200, alertsPerSecond: 25, rounds: 1, pauseMs: 1_000 },
  async strike({ amqp, postgres }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      for (const network of [amqp, postgres]) {
        await delay(pauseMs);
        network.reset();
        await delay(pauseMs);
        network.cut();
        await delay(OUTAGE_MS);
        network.heal();
      }
    }
    return onlyStatuses(202, 503);
  },
};

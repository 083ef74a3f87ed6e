import { setTimeout as delay } from 'node:timers/promises';
import { type Aftermath, type Fault } from './fault.js';

const MIN_ACCEPTED_SHARE = 0.999;
/** How long the broker is down. */
const OUTAGE_MS = 2_000;

export const killBroker: Fault = {
  name: 'kill-broker',
  summary: 'SIGKILL to RabbitMQ, which is started again two seconds later',
  full: { alerts: 9_000, alertsPerSecond: 150, rounds: 3, pauseMs: 10_000 },
  short: { alerts: 300, alertsPerSecond: 30, rounds: 1, pauseMs: 2_000 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMs);
      await system.rabbitmq.kill();
      await delay(OUTAGE_MS);
      await system.rabbitmq.restart();
    }
    const judge: Aftermath['judge'] = ({ answers, accepted }) => {
      const share = accepted / Object.values(answers).reduce((sum, count) => sum + count, 0);
      return [
        {
          name: 'answers of 2xx',
          wanted: `≥ ${MIN_ACCEPTED_SHARE * 100} %`,
          measured: `${(share * 100).toFixed(2)} %`,
          isMet: share >= MIN_ACCEPTED_SHARE,
        },
      ];
    };
    return { judge };
  },
};

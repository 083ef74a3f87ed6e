import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, onlyStatuses } from './fault.js';

const ALARM = '{resource_limit, disk, node()}';

export const diskAlarm: Fault = {
  name: 'disk-alarm',
  summary: 'RabbitMQ raises its disk alarm and blocks whoever publishes, until there is room again',
  full: { alerts: 3_000, alertsPerSecond: 100, rounds: 2, pauseMs: 8_000 },
  short: { alerts: 150, alertsPerSecond: 25, rounds: 1, pauseMs: 3_000 },
  async strike({ system }, { rounds, pauseMs }) {
    for (let round = 0; round < rounds; round += 1) {
      await system.rabbitmq.evaluate(`rabbit_alarm:set_alarm({${ALARM}, []}).`);
      await delay(pauseMs);
      await system.rabbitmq.evaluate(`rabbit_alarm:clear_alarm(${ALARM}).`);
      await delay(pauseMs);
    }
    return onlyStatuses(202);
  },
};

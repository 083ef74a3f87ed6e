import { all } from '../../report/goals.js';
import { startAgents } from '../../system/agents.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Door } from '../door.js';
import { removeAll } from '../remove-all.js';

const SIZES = { full: { agents: 500, alerts: 3 }, short: { agents: 60, alerts: 1 } };
const FIELDS = 900;
const FIELD_CHARACTERS = 1_000;
const MAX_SILENCE_MS = 500;
const DELIVERED_TIMEOUT_MS = 300_000;

export const manyAgents: Door = {
  name: 'many-agents',
  summary: 'An alert of 900 kB is matched, rendered and pushed to hundreds of agents',
  maxSilenceMs: MAX_SILENCE_MS,
  async attack({ target, size }) {
    const { agents: count, alerts } = SIZES[size];
    await using agents = await startAgents(target, { count, maxConcurrency: 1 });
    await configEffective();
    for (let index = 0; index < alerts; index += 1)
      await callApi(target, 'POST', '/v1/ingest/generic', largeAlert(index));
    const delivered = await agents.awaitDelivered(alerts, DELIVERED_TIMEOUT_MS);
    await removeAll(target, '/v1/agents');
    return {
      goals: [all('alerts that reached every agent', delivered, alerts)],
      notes: [`${alerts} alerts of 900 kB to ${count} agents.`],
    };
  },
};

const largeAlert = (index: number): object => ({
  title: `Large ${index}`,
  fields: Object.fromEntries(
    Array.from({ length: FIELDS }, (_, field) => [
      `field_${field}`,
      `${index} ${'a line of the log, '.repeat(FIELD_CHARACTERS)}`.slice(0, FIELD_CHARACTERS),
    ]),
  ),
});

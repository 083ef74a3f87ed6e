import { all } from '../../report/goals.js';
import { startAgents } from '../../system/agents.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { removeAll } from '../remove-all.js';

const SIZES = { full: { alerts: 600 }, short: { alerts: 20 } };
const AGENTS = 3;
const SENDERS = 4;
/** An alert has no more. */
const INDICATORS = 500;
/** 500 of them fill a body of a mebibyte. */
const URL_CHARACTERS = 1_800;
const DELIVERED_TIMEOUT_MS = 600_000;

/** What all alerts in work hold at once must not be the product of these numbers. */
export const manyIndicators: Door = {
  name: 'many-indicators',
  summary: `Many alerts of ${INDICATORS} indicators each, normal and urgent ones, are in work at once`,
  async attack({ target, size }) {
    const { alerts } = SIZES[size];
    await using agents = await startAgents(target, { count: AGENTS, maxConcurrency: 4 });
    await configEffective();
    const bodies = Array.from({ length: alerts }, (_, index) => index);
    await forEachOf(bodies, SENDERS, async (index) => {
      await callApi(target, 'POST', '/v1/ingest/generic', alertOf(index));
    });
    const delivered = await agents.awaitDelivered(alerts, DELIVERED_TIMEOUT_MS);
    await removeAll(target, '/v1/agents');
    return {
      goals: [all('alerts that reached every agent', delivered, alerts)],
      notes: [
        `${alerts} alerts to ${AGENTS} agents; every second one has URLs of ${URL_CHARACTERS} characters, the others addresses.`,
      ],
    };
  },
};

const alertOf = (number: number): object => ({
  title: `Many indicators ${number}`,
  severity: number % 4 < 2 ? 'Low' : 'Critical',
  indicators: Array.from({ length: INDICATORS }, (_, index) =>
    indicatorOf(number * INDICATORS + index, number % 2 === 0),
  ),
});

const indicatorOf = (serial: number, isAddress: boolean): object =>
  isAddress
    ? { type: 'ip', value: `45.${serial >> 16}.${(serial >> 8) & 255}.${serial & 255}` }
    : {
        type: 'url',
        value: `http://host-${serial}.example.com/`.padEnd(URL_CHARACTERS, 'path'),
      };

import { startTool } from '../tools/tool.js';
import type { LoadMethods } from '../tools/load-tool.js';
import { readCosts } from '../system/process-cost.js';
import { type Fault } from './fault.js';

const CONNECTIONS = 512;
const MAX_RSS_MIB = 450;

/** 202 for what is taken, and a refusal that says when to come back for the rest. */
const FAIR_ANSWERS = ['202', '429', '503'];

export const flood: Fault = {
  name: 'flood',
  summary: `${CONNECTIONS} senders at once, as fast as answers come, besides the regular one`,
  full: { alerts: 1_000, alertsPerSecond: 50, rounds: 1, pauseMs: 10_000 },
  short: { alerts: 100, alertsPerSecond: 20, rounds: 1, pauseMs: 1_500 },
  async strike({ system, gateway }, { pauseMs }) {
    await using senders = startTool<LoadMethods>('load-tool');
    // Repeats of one alert: the door is what is flooded, and nothing waits behind it afterwards.
    const result = await senders.call('run', {
      url: gateway.url,
      path: '/v1/ingest/generic',
      apiKey: system.apiKey,
      connections: CONNECTIONS,
      alerts: { run: 'flood', perRequest: 1, indicatorPool: 1, hasIds: false },
      pace: { kind: 'closed' },
      limit: { ms: pauseMs },
      insists: false,
    });
    const sent = await senders.call('takeSent', undefined);
    const doors = system.instancesOf('ingest-api').map(({ process }) => process().pid);
    const rssMib = Math.max(...(await readCosts(doors)).map((cost) => cost.rssMib));
    const unfair = Object.keys(result.answers).filter((status) => !FAIR_ANSWERS.includes(status));
    const judge = () => [
      {
        name: 'answers to the flood',
        wanted: `${FAIR_ANSWERS.join(', ')} only`,
        measured: JSON.stringify(result.answers),
        isMet: unfair.length === 0,
      },
      {
        name: 'memory of ingest-api',
        wanted: `< ${MAX_RSS_MIB} MiB`,
        measured: `${rssMib.toFixed(0)} MiB`,
        isMet: !(rssMib >= MAX_RSS_MIB),
      },
    ];
    return { judge, sent };
  },
};

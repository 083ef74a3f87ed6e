import { costTable } from '../report/cost-table.js';
import { formatNumber } from '../report/section.js';
import { startAgents } from '../system/agents.js';
import { startMeter } from '../system/meter.js';
import { startSystem, type System } from '../system/start-system.js';
import type { LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import type { UndiciMethods } from '../tools/undici-tool.js';
import { awaitStage, pileUp } from './backlog.js';
import { type Scenario } from './scenario.js';

const ALERTS_A_SECOND_OF_RUN = 1_000;
const AGENTS = 2;
const CONCURRENCY = 64;
const BASELINE_MS = 4_000;
const WANTED_PER_SECOND = 2_000;
const WANTED_SHARE = 0.15;
const TIMEOUT_MS = 600_000;
/** What a push holds besides the payload, roughly. */
const FRAME_CHARACTERS = 2_000;

/** The dispatcher alone: signed pushes with a row for each attempt, against undici without any of it. */
export const dispatch: Scenario = {
  name: 'dispatch',
  summary: 'a backlog for one dispatcher, in relation to bare undici',
  async run({ seconds, say }) {
    await using system = await startSystem({ replicas: { dispatcher: 0 } });
    await using agents = await startAgents(system, { count: AGENTS, maxConcurrency: CONCURRENCY });
    await using load = startTool<LoadMethods>('load-tool');
    await using undici = startTool<UndiciMethods>('undici-tool');
    const wanted = Math.ceil(seconds * ALERTS_A_SECOND_OF_RUN);
    const alerts = await pileUp(system, load, { run: 'dispatch', alerts: wanted });
    await awaitStage(system, 'enriched', alerts);
    await system.add('dispatcher');
    const meter = await startMeter(system, { agents: agents.sink.pid });
    await agents.awaitDelivered(alerts, TIMEOUT_MS);
    const spent = await meter.read();
    const times = (await agents.pushes()).flat().map(({ firstAtMs }) => firstAtMs);
    const deliveries = times.length;
    const took =
      (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))) / 1_000;
    const perSecond = deliveries / took;
    const attempts = await countAttempts(system);
    if (deliveries !== alerts * AGENTS)
      throw new Error(`${deliveries} deliveries of ${alerts} alerts`);
    const bare = await undici.call('post', {
      origin: agents.url,
      path: '/unsigned',
      body: await meanBody(system),
      concurrency: CONCURRENCY,
      ms: BASELINE_MS,
    });
    const share = perSecond / bare;
    say(`${perSecond.toFixed(0)} deliveries/s, ${(share * 100).toFixed(0)} % of undici`);
    return {
      title: 'dispatch',
      method:
        `One dispatcher pushes ${alerts} enriched alerts to ${AGENTS} agents that answer at once; every push was verified. ` +
        'The baseline posts a body of the same kind to the same server with undici, in the same run.',
      tables: [
        {
          head: ['', 'POSTs/s', '× undici'],
          rows: [
            ['bare undici', bare, 1],
            ['signed, recorded deliveries', perSecond, share],
          ],
        },
        costTable('the deliveries', spent, deliveries),
      ],
      goals: [
        {
          name: 'rate',
          wanted: `≥ ${formatNumber(WANTED_PER_SECOND)} deliveries/s`,
          measured: `${formatNumber(perSecond)}/s`,
          isMet: perSecond >= WANTED_PER_SECOND,
        },
        {
          name: 'share of undici',
          wanted: `≥ ${WANTED_SHARE * 100} %`,
          measured: `${formatNumber(share * 100)} %`,
          isMet: share >= WANTED_SHARE,
        },
      ],
      notes: [
        `${formatNumber(attempts)} attempts are recorded for ${formatNumber(deliveries)} deliveries.`,
      ],
    };
  },
};

async function countAttempts({ database }: System): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    'SELECT count(*) FROM delivery_attempts',
  );
  return Number(rows[0]?.count);
}

/** As long as the payload of an alert with its frame; what is in it does not matter to undici. */
async function meanBody({ database }: System): Promise<string> {
  const { rows } = await database.pool.query<{ length: number }>(
    'SELECT avg(length(raw_payload::text))::int AS length FROM alerts',
  );
  return JSON.stringify({ payload: 'x'.repeat((rows[0]?.length ?? 0) + FRAME_CHARACTERS) });
}

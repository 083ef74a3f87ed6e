import { costTable } from '../report/cost-table.js';
import { startMeter } from '../system/meter.js';
import { hosted } from '../system/hosted.js';
import { startSystem } from '../system/start-system.js';
import type { LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { awaitStage, pileUp, stageSeconds } from './backlog.js';
import { type Scenario } from './scenario.js';

const ALERTS_A_SECOND_OF_RUN = 1_000;
const INDICATOR_POOL = 100;
const PROVIDER_DELAY_MS = 20;

/** The enricher alone, when nearly every answer is stored already. */
export const enrichCached: Scenario = {
  name: 'enrich-cached',
  summary: 'a backlog for one enricher, with the answers in the cache',
  async run({ seconds, say }) {
    await using system = await startSystem({
      replicas: { enricher: 0, dispatcher: 0 },
      launch: (service) =>
        service === 'enricher' ? hosted({ service, providerDelayMs: PROVIDER_DELAY_MS }) : {},
    });
    await using load = startTool<LoadMethods>('load-tool');
    const wanted = Math.ceil(seconds * ALERTS_A_SECOND_OF_RUN);
    const alerts = await pileUp(system, load, {
      run: 'cached',
      alerts: wanted,
      indicatorPool: INDICATOR_POOL,
    });
    await awaitStage(system, 'extracted', alerts);
    await system.add('enricher');
    const meter = await startMeter(system);
    await awaitStage(system, 'enriched', alerts);
    const perSecond = Math.round(alerts / (await stageSeconds(system, 'enriched')));
    say(`${perSecond} alerts/s`);
    return {
      title: 'enrich-cached',
      method:
        `One enricher takes ${alerts} extracted alerts whose indicators are of ${INDICATOR_POOL} values each of three types; ` +
        `a provider of ${PROVIDER_DELAY_MS} ms and the built-in ones. Time between the first and the last enriched alert, by the database's clock.`,
      tables: [
        {
          head: ['alerts', 'alerts/s', 'indicators/s'],
          rows: [[alerts, perSecond, 3 * perSecond]],
        },
        costTable('the enriching', await meter.read(), alerts),
      ],
      goals: [],
      notes: [],
    };
  },
};

import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { median, steadyRate } from '../tools/statistics.js';
import { hosted } from '../system/hosted.js';
import { type Costs, startMeter } from '../system/meter.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { awaitStage, pileUp, stageTimes, startWorker } from './backlog.js';
import { type Scenario } from './scenario.js';

const ALERTS_A_SECOND_OF_RUN = 1_000;
const INDICATOR_POOL = 100;
const INDICATORS = 3;
const PROVIDER_DELAY_MS = 20;

/** The enricher alone, when nearly every answer is already stored. */
export const enrichCached: Scenario = {
  name: 'enrich-cached',
  summary: 'a backlog for one enricher, with the answers in the cache',
  profiled: ['enricher'],
  async run({ runs, seconds, startSystem, say }) {
    await using system = await startSystem({
      replicas: { enricher: 0, dispatcher: 0 },
      launch: (service) =>
        service === 'enricher' ? hosted({ service, providerDelayMs: PROVIDER_DELAY_MS }) : {},
    });
    await using load = startTool<LoadMethods>('load-tool');
    const wanted = Math.ceil(seconds * ALERTS_A_SECOND_OF_RUN);
    const measured: { alerts: number; perSecond: number; costs: Costs }[] = [];
    for (let number = 1; number <= runs; number += 1) {
      const alerts = await pileUp(system, load, {
        run: `cached-${number}`,
        alerts: wanted,
        indicatorPool: INDICATOR_POOL,
      });
      await awaitStage(system, 'extracted', alerts);
      const since = new Date();
      const enricher = await startWorker(system, 'enricher');
      const meter = await startMeter(system);
      await awaitStage(system, 'enriched', number * alerts);
      const costs = await meter.read();
      await enricher.process().stop();
      const perSecond = Math.round(steadyRate(await stageTimes(system, 'enriched', since)));
      say(`run ${number}: ${perSecond} alerts/s`);
      measured.push({ alerts, perSecond, costs });
    }
    const perSecond = median(measured.map((run) => run.perSecond));
    const last = measured.slice(-1);
    return {
      title: 'enrich-cached',
      method:
        `One enricher takes ${wanted} extracted alerts whose indicators are of ${INDICATOR_POOL} values each of three types; ` +
        `a provider of ${PROVIDER_DELAY_MS} ms and the built-in ones. The rate is that of the last four fifths of them, by the database's clock; ` +
        `the enricher is new in each of the ${runs} runs. ${HOW_SERVICES_LOG}`,
      tables: [
        {
          head: ['run', 'alerts/s', 'indicators/s'],
          rows: [
            ...measured.map((run, index) => [index + 1, run.perSecond, INDICATORS * run.perSecond]),
            ['median', perSecond, INDICATORS * perSecond],
          ],
        },
        ...last.map(({ costs, alerts }) => costTable('the last run', costs, alerts)),
      ],
      goals: [],
      notes: last.map(({ costs }) => boundBy('the enriching', costs, CORES)),
    };
  },
};

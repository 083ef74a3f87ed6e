import { boundBy } from '../report/bound-by.js';
import { costTable } from '../report/cost-table.js';
import { CORES } from '../report/machine.js';
import { formatNumber } from '../report/section.js';
import { startAgents } from '../system/agents.js';
import { startMeter } from '../system/meter.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { finishPublishing, pileUp } from './backlog.js';
import { type Scenario } from './scenario.js';

const AGENTS = 2;
const MAX_RSS_MIB = 300;
const TIMEOUT_MS = 3_600_000;

/** A backlog, as after an outage: the rate at which it is drained, and whether memory stays constant. */
export const drain: Scenario = {
  name: 'drain',
  summary: 'a large backlog through everything: rate and memory',
  profiled: ['extractor', 'enricher', 'dispatcher'],
  async run({ backlog, startSystem, say }) {
    await using system = await startSystem({
      replicas: { extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await using agents = await startAgents(system, { count: AGENTS, maxConcurrency: 50 });
    await using load = startTool<LoadMethods>('load-tool');
    const alerts = await pileUp(system, load, { run: 'drain', alerts: backlog });
    await finishPublishing(system);
    say(`${alerts} alerts wait`);
    await Promise.all(
      (['extractor', 'enricher', 'dispatcher'] as const).map((service) => system.add(service)),
    );
    const startedAt = performance.now();
    const meter = await startMeter(system, { agents: agents.sink.pid });
    const delivered = await agents.awaitDelivered(alerts, TIMEOUT_MS);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (delivered !== alerts) throw new Error(`${delivered} of ${alerts} alerts were delivered`);
    const costs = await meter.read();
    const peak = Math.max(
      ...costs.spent
        .filter(({ name }) => system.instances.some((instance) => instance.name === name))
        .map(({ peakRssMib }) => peakRssMib),
    );
    return {
      title: 'drain',
      method: `${formatNumber(alerts)} ingested alerts wait in RabbitMQ when one extractor, one enricher and one dispatcher start; time until the last of them has reached both agents. One run. ${HOW_SERVICES_LOG}`,
      tables: [
        {
          head: ['alerts', 'seconds', 'alerts/s'],
          rows: [[alerts, seconds, alerts / seconds]],
        },
        costTable('the drain', costs, alerts),
      ],
      goals: [
        {
          name: 'memory of each service',
          wanted: `< ${MAX_RSS_MIB} MiB`,
          measured: `${formatNumber(peak)} MiB at most`,
          isMet: peak < MAX_RSS_MIB,
        },
      ],
      notes: [boundBy('the drain', costs, CORES)],
    };
  },
};

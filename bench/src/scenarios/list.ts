import { formatNumber } from '../report/section.js';
import { percentiles } from '../tools/statistics.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { storeAlerts } from '../system/stored-alerts.js';
import { type Scenario } from './scenario.js';

const QUESTIONS = [
  '/v1/alerts?page_size=50',
  '/v1/alerts?page_size=50&status=Open&severity=High',
  '/v1/alerts?page_size=50&source_name=generic',
] as const;
const ASKED_EACH = 200;
const WARM_UP = 20;
const WANTED_P95_MS = 20;

/** The first pages of lists, with many alerts stored. */
export const list: Scenario = {
  name: 'list',
  summary: 'first pages of GET /v1/alerts with many alerts stored',
  profiled: ['alerts-api'],
  async run({ storedAlerts, startSystem, say }) {
    await using system = await startSystem({
      replicas: { 'ingest-api': 0, extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await storeAlerts(system, storedAlerts);
    say(`${storedAlerts} alerts stored`);
    const rows = [];
    for (const question of QUESTIONS) {
      for (let count = 0; count < WARM_UP; count += 1) await ask(system, question);
      const times: number[] = [];
      for (let count = 0; count < ASKED_EACH; count += 1) {
        const startedAt = performance.now();
        await ask(system, question);
        times.push(performance.now() - startedAt);
      }
      rows.push({ question, ...percentiles(times) });
    }
    const worst = Math.max(...rows.map(({ p95 }) => p95));
    return {
      title: 'list',
      method: `${formatNumber(storedAlerts)} alerts with their indicators are stored; each question ${ASKED_EACH} times, one after another, over a kept-alive connection. ${HOW_SERVICES_LOG}`,
      tables: [
        {
          head: ['question', 'p50 ms', 'p95 ms', 'max ms'],
          rows: rows.map(({ question, p50, p95, max }) => [`\`${question}\``, p50, p95, max]),
        },
      ],
      goals: [
        {
          name: 'p95 of each',
          wanted: `< ${WANTED_P95_MS} ms`,
          measured: `${formatNumber(worst)} ms at most`,
          isMet: worst < WANTED_P95_MS,
        },
      ],
      notes: [],
    };
  },
};

async function ask({ apiUrl, apiKey }: System, path: string): Promise<void> {
  const response = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${apiKey}` } });
  const { data } = (await response.json()) as { data?: unknown[] };
  if (!response.ok || !data || data.length === 0) throw new Error(`${path}: ${response.status}`);
}

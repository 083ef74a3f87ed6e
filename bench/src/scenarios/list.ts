import { createTallyStore } from '@calseta/database';
import { formatNumber, type Goal, type Table } from '../report/section.js';
import { type Percentiles, percentiles } from '../tools/statistics.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { storeVariedAlerts } from '../system/varied-alerts.js';
import { METRICS, pairQuestions, type Question, singleQuestions } from './list-questions.js';
import { measureRelated } from './measure-related.js';
import { type Scenario } from './scenario.js';

const ASKED_EACH = 100;
const ASKED_OF_PAIR = 20;
const WARM_UP = 5;
const LIST_P95_MS = 20;
const METRIC_P95_MS = 100;
const RELATED_P95_MS = 5;
const SLOWEST = 25;
const HOURS_OF_TURN = 24;

type Measured = Percentiles & { name: string };

/** The first pages of lists, metrics and related alerts, with many alerts stored. */
export const list: Scenario = {
  name: 'list',
  summary: 'first pages of GET /v1/alerts with each filter and each two, metrics, related alerts',
  profiled: ['alerts-api'],
  async run({ storedAlerts, startSystem, say }) {
    await using system = await startSystem({
      replicas: { 'ingest-api': 0, extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await storeVariedAlerts(system.database, storedAlerts);
    const tallies = createTallyStore(system.database);
    while ((await tallies.tally(HOURS_OF_TURN)) > 0);
    say(`${storedAlerts} alerts stored`);
    const single = await measureAll(system, singleQuestions(), ASKED_EACH);
    say('one filter each: measured');
    const pairs = [];
    for (const [name, questions] of pairQuestions()) {
      const measured = await measureAll(system, questions, ASKED_OF_PAIR);
      pairs.push({ name, measured });
    }
    say('two filters each: measured');
    const metrics = await measureAll(system, METRICS, ASKED_EACH);
    const related = await measureRelated(system.database, ASKED_EACH);
    const all = pairs.flatMap(({ measured }) => measured);
    const slowest = all.toSorted((a, b) => b.p95 - a.p95).slice(0, SLOWEST);
    return {
      title: 'list',
      method:
        `${formatNumber(storedAlerts)} alerts of many kinds over a month are stored, with their indicators and words. Each question is asked over a kept-alive ` +
        `connection, one after another: lists with one filter, metrics and related alerts ${ASKED_EACH} times, each two filters ${ASKED_OF_PAIR} times, ` +
        `with a value of each that many alerts have and one that few have. ${HOW_SERVICES_LOG}`,
      tables: [
        tableOf('one filter', single),
        pairTable(pairs),
        tableOf(`the ${SLOWEST} slowest of ${all.length} lists with two filters`, slowest),
        tableOf('metrics', metrics),
        tableOf('related alerts (SQL)', related),
      ],
      goals: [
        goalOf('p95 of lists with one filter', single, LIST_P95_MS),
        goalOf('p95 of lists with two filters', all, LIST_P95_MS),
        goalOf('p95 of metrics', metrics, METRIC_P95_MS),
        goalOf('p95 of the related alerts of an alert', related, RELATED_P95_MS),
      ],
      notes: [],
    };
  },
};

async function measureAll(
  system: System,
  questions: readonly Question[],
  times: number,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, path } of questions) {
    const durations: number[] = [];
    for (let count = -WARM_UP; count < times; count += 1) {
      const startedAt = performance.now();
      await ask(system, path);
      if (count >= 0) durations.push(performance.now() - startedAt);
    }
    measured.push({ name, ...percentiles(durations) });
  }
  return measured;
}

async function ask({ apiUrl, apiKey }: System, path: string): Promise<void> {
  const response = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${apiKey}` } });
  const { data } = (await response.json()) as { data?: unknown };
  if (!response.ok || data === undefined) throw new Error(`${path}: ${response.status}`);
}

const tableOf = (head: string, rows: readonly Measured[]): Table => ({
  head: [head, 'p50 ms', 'p95 ms', 'max ms'],
  rows: rows.map(({ name, p50, p95, max }) => [`\`${name}\``, p50, p95, max]),
});

/** Of each two filters the slowest combination of their values. */
const pairTable = (pairs: readonly { name: string; measured: readonly Measured[] }[]): Table => ({
  head: ['two filters', 'p50 ms', 'p95 ms', 'wanted', ''],
  rows: pairs.map(({ name, measured }) => {
    const p50 = Math.max(...measured.map((one) => one.p50));
    const p95 = Math.max(...measured.map((one) => one.p95));
    return [name, p50, p95, `< ${LIST_P95_MS} ms`, p95 < LIST_P95_MS ? 'met' : '**missed**'];
  }),
});

function goalOf(name: string, rows: readonly Measured[], limitMs: number): Goal {
  const slow = rows.filter(({ p95 }) => p95 >= limitMs).length;
  const worst = Math.max(...rows.map(({ p95 }) => p95));
  return {
    name,
    wanted: `< ${limitMs} ms`,
    measured: `${formatNumber(worst)} ms at most; ${rows.length - slow} of ${rows.length} below`,
    isMet: slow === 0,
  };
}

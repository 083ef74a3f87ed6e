import { createTallyStore } from '@calseta/database';
import { formatNumber, type Goal, type Table } from '../report/section.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { type Percentiles } from '../tools/statistics.js';
import { STORED_DAYS, storeVariedAlerts } from '../system/varied-alerts.js';
import { askAll, type Asked, type Effort } from './ask-questions.js';
import { METRICS, pairQuestions, singleQuestions, TOTALS } from './list-questions.js';
import { measureRelated } from './measure-related.js';
import { type Scenario } from './scenario.js';

const ASKED_EACH = { times: 50, warmUp: 3, ms: 60_000 };
const ASKED_OF_PAIR = { times: 11, warmUp: 2, ms: 240_000 };
const RELATED_TIMES = 100;
const LIST_MS = 20;
const METRIC_MS = 100;
const RELATED_P95_MS = 5;
const SLOWEST = 25;
const HOURS_OF_TURN = 48;

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
    const single = await askAll(system, singleQuestions(), ASKED_EACH);
    say('one filter each: measured');
    const pairs = await askAll(system, pairQuestions(), ASKED_OF_PAIR);
    say('two filters each: measured');
    const totals = await askAll(system, TOTALS, ASKED_EACH);
    const metrics = await askAll(system, METRICS, ASKED_EACH);
    const related = await measureRelated(system.database, RELATED_TIMES);
    const slowest = pairs.measured.toSorted((a, b) => b.p50 - a.p50).slice(0, SLOWEST);
    return {
      title: 'list',
      method:
        `${formatNumber(storedAlerts)} alerts of many kinds over ${STORED_DAYS} days are stored, with their indicators and words. Each question is asked ` +
        `over a kept-alive connection, one after another: lists with one filter, totals and metrics ${howOften(ASKED_EACH)}, ` +
        `lists with two filters ${howOften(ASKED_OF_PAIR)}, with values that many alerts have, some have and few have. A goal is judged by the median ` +
        `of each question. ${HOW_SERVICES_LOG}`,
      tables: [
        tableOf('one filter', single.measured),
        pairTable(pairs.measured),
        tableOf(
          `the ${SLOWEST} slowest of ${pairs.measured.length} lists with two filters`,
          slowest,
        ),
        tableOf('first page and the number of all', totals.measured),
        tableOf('metrics', metrics.measured),
        tableOf('related alerts (SQL)', related),
      ],
      goals: [
        goalOf('first page with one filter', single, LIST_MS),
        goalOf('first page with two filters', pairs, LIST_MS),
        goalOf('metrics', metrics, METRIC_MS),
        goalOf(
          'p95 of the related alerts of an alert',
          { measured: related.map((one) => ({ ...one, filters: '', p50: one.p95 })), unasked: 0 },
          RELATED_P95_MS,
        ),
      ],
      notes: [notAsked('one filter', single), notAsked('two filters', pairs)].flat(),
    };
  },
};

const howOften = ({ times, ms }: Effort): string =>
  `up to ${times} times, within ${formatNumber(ms / 1_000)} s in all`;

const notAsked = (what: string, { measured, unasked }: Asked): string[] =>
  unasked === 0
    ? []
    : [
        `Of the lists with ${what}, ${unasked} of ${unasked + measured.length} were not asked in the time: they are spread over all of these lists.`,
      ];

const tableOf = (head: string, rows: readonly (Percentiles & { name: string })[]): Table => ({
  head: [head, 'p50 ms', 'p95 ms', 'max ms'],
  rows: rows.map(({ name, p50, p95, max }) => [`\`${name}\``, p50, p95, max]),
});

/** Of each two filters the slowest combination of their values. */
function pairTable(measured: Asked['measured']): Table {
  const named = new Set(measured.map(({ filters }) => filters));
  return {
    head: ['two filters', 'p50 ms', 'p95 ms', 'wanted', ''],
    rows: [...named].map((filters) => {
      const of = measured.filter((one) => one.filters === filters);
      const p50 = Math.max(...of.map((one) => one.p50));
      const p95 = Math.max(...of.map((one) => one.p95));
      return [filters, p50, p95, `p50 < ${LIST_MS} ms`, p50 < LIST_MS ? 'met' : '**missed**'];
    }),
  };
}

function goalOf(name: string, { measured, unasked }: Asked, limitMs: number): Goal {
  const slow = measured.filter(({ p50 }) => p50 >= limitMs).length;
  const worst = Math.max(...measured.map(({ p50 }) => p50));
  const asked = unasked === 0 ? '' : `; ${unasked} not asked`;
  return {
    name,
    wanted: `< ${limitMs} ms`,
    measured: `${formatNumber(worst)} ms at most; ${measured.length - slow} of ${measured.length} below${asked}`,
    isMet: slow === 0,
  };
}

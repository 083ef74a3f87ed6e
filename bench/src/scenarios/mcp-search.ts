import { createTokenCounter } from '@calseta/platform';
import { all, below, none } from '../report/goals.js';
import { formatNumber, type Goal, type Table } from '../report/section.js';
import { connectMcp, type McpCaller } from '../system/connect-mcp.js';
import { HOW_SERVICES_LOG } from '../system/start-system.js';
import { storeVariedAlerts } from '../system/varied-alerts.js';
import { percentiles } from '../tools/statistics.js';
import { type Scenario } from './scenario.js';

/** docs/mcp.md promises both for the largest answer. */
const MAX_TOKENS = 10_000;
const PAGE_SIZE = 50;
const MAX_ALERTS = 100_000;
/** Answers of a question that are read one after another, unless it ends before. */
const MAX_PAGES = 40;
const P95_MS = 500;

/** The longest texts of a source, in a script of which each character takes a token or more. */
const LENGTHEN = `
  UPDATE alerts SET title = repeat('異常なログイン', 60), description = repeat('とても長い説明', 1_000),
                    tags = ARRAY(SELECT '長い札-' || n FROM generate_series(1, 50) AS n)
   WHERE source_name = 'source-9'`;

type Question = Record<string, unknown>;

/** From those that everything answers to those that few alerts do. */
const QUESTIONS: readonly Question[] = [
  {},
  { detail: 'full' },
  { source_name: 'source-9' },
  { source_name: 'source-9', detail: 'full' },
  { q: 'office shell', detail: 'full' },
  { q: 'topic77' },
  { q: 'topic77', detail: 'full' },
  { indicator: 'host-77.stored.example.com', detail: 'full' },
  { indicator: '45.0.0.77' },
  { tags: 'stored', min_severity: 'High', sort: '-occurred_at', detail: 'full' },
  { tags: 'rare', detail: 'full' },
];

/** What reading a question from its first answer on has shown. */
type Reading = {
  name: string;
  total: number;
  pages: number;
  /** Distinct alerts, and those that came again. */
  seen: number;
  repeated: number;
  isAtEnd: boolean;
  /** Answers that end the list, or say how to go on. */
  guiding: number;
  tokens: number;
  durations: number[];
};

export const mcpSearch: Scenario = {
  name: 'mcp-search',
  summary: 'search_alerts over MCP with many alerts: tokens of the answers, and how they go on',
  profiled: ['alerts-api'],
  async run({ storedAlerts, startSystem, say }) {
    await using system = await startSystem({
      replicas: { 'ingest-api': 0, extractor: 0, enricher: 0, dispatcher: 0 },
    });
    const stored = Math.min(storedAlerts, MAX_ALERTS);
    await storeVariedAlerts(system.database, stored);
    await system.database.query(LENGTHEN);
    await system.database.query('VACUUM ANALYZE alerts');
    say(`${stored} alerts stored`);
    const countTokens = await createTokenCounter()();
    await using mcp = await connectMcp(system);
    const readings: Reading[] = [];
    for (const question of QUESTIONS) readings.push(await readOn(mcp, question, countTokens));
    return {
      title: 'mcp-search',
      method:
        `${formatNumber(stored)} alerts of many kinds over a month are stored, those of one source with the longest texts. The SDK's client asks ` +
        `search_alerts with page_size ${PAGE_SIZE} and follows next_cursor to the end, ${MAX_PAGES} answers at most. Tokens are those of ` +
        `the answer's text in the encoding o200k. ${HOW_SERVICES_LOG}`,
      tables: [tableOf(readings)],
      goals: goalsOf(readings),
      notes: [],
    };
  },
};

async function readOn(
  mcp: McpCaller,
  question: Question,
  countTokens: (text: string) => number,
): Promise<Reading> {
  const seen = new Set<string>();
  const reading: Reading = {
    ...{ name: JSON.stringify(question), total: 0, pages: 0, seen: 0, repeated: 0 },
    ...{ isAtEnd: false, guiding: 0, tokens: 0, durations: [] },
  };
  for (let cursor: unknown; reading.pages < MAX_PAGES && !reading.isAtEnd;) {
    const startedAt = performance.now();
    const { text, data } = await mcp.call('search_alerts', {
      ...{ ...question, page_size: PAGE_SIZE },
      ...(cursor !== undefined && { cursor }),
    });
    reading.durations.push(performance.now() - startedAt);
    reading.pages += 1;
    reading.total = Number(data['total'] ?? reading.total);
    reading.tokens = Math.max(reading.tokens, countTokens(text));
    for (const { uuid } of data['alerts'] as { uuid: string }[]) {
      if (seen.has(uuid)) reading.repeated += 1;
      seen.add(uuid);
    }
    cursor = data['next_cursor'];
    reading.isAtEnd = cursor === undefined;
    if (reading.isAtEnd || String(data['how_to_go_on']).includes('next_cursor'))
      reading.guiding += 1;
  }
  return { ...reading, seen: seen.size };
}

const tableOf = (readings: readonly Reading[]): Table => ({
  head: ['question', 'alerts', 'answers', 'read', 'to the end', 'most tokens', 'p50 ms', 'p95 ms'],
  rows: readings.map(({ name, total, pages, seen, isAtEnd, tokens, durations }) => {
    const { p50, p95 } = percentiles(durations);
    return [`\`${name}\``, total, pages, seen, isAtEnd ? 'yes' : 'no', tokens, p50, p95];
  }),
});

function goalsOf(readings: readonly Reading[]): Goal[] {
  const sum = (of: (reading: Reading) => number): number =>
    readings.reduce((total, reading) => total + of(reading), 0);
  const largest = Math.max(...readings.map(({ tokens }) => tokens));
  const incomplete = readings.filter(({ isAtEnd, seen, total }) => isAtEnd && seen !== total);
  const { p95 } = percentiles(readings.flatMap(({ durations }) => durations));
  return [
    below('tokens of the largest answer', largest, MAX_TOKENS, 'tokens'),
    all('answers that say how to go on, or are the last', sum((one) => one.guiding), sum((one) => one.pages)), // prettier-ignore
    none(
      'alerts that came again',
      sum((one) => one.repeated),
    ),
    none('questions read to the end that missed alerts', incomplete.length, incomplete.map(({ name }) => name)), // prettier-ignore
    below('p95 of all answers', p95, P95_MS, 'ms'),
  ];
}

import { STORED_DAYS } from '../system/varied-alerts.js';

const DAY_MS = 86_400_000;

/** A filter with a value, as in a query string. */
type Asked = { filter: string; query: string };
/** What to ask for; `filters` names those that a list has. */
export type Question = { name: string; filters: string; path: string };

const daysAgo = (days: number): string =>
  encodeURIComponent(new Date(Date.now() - days * DAY_MS).toISOString());

/** For each filter values that many, some or few alerts have, as `storeVariedAlerts` stores them. */
function values(): Asked[] {
  const of: Record<string, string[]> = {
    status: ['Closed', 'Escalated'],
    severity: ['Medium', 'Critical'],
    min_severity: ['Medium', 'Critical'],
    source_name: ['generic', 'source-9'],
    tags: ['stored', 'edr', 'campaign-7', 'rare'],
    all_tags: ['stored,team-3', 'rare'],
    host: ['dc-01', 'ws-77'],
    user: ['svc-backup', 'user77'],
    indicator: ['host-77.stored.example.com', 'unknown.example.com'],
    malice: ['Benign', 'Malicious'],
    enrichment_status: ['Enriched', 'Failed'],
    pipeline_stage: ['dispatched', 'failed'],
    detection_rule_uuid: [rule(1), rule(11), rule(199)],
    is_muted: ['false', 'true'],
    received_from: [daysAgo(STORED_DAYS - 1), daysAgo(0.01)],
    received_to: [daysAgo(1), daysAgo(STORED_DAYS - 0.01)],
    occurred_from: [daysAgo(STORED_DAYS - 1), daysAgo(0.01)],
    occurred_to: [daysAgo(1), daysAgo(STORED_DAYS - 0.01)],
    q: ['office%20shell', 'topic77%20stored', 'topic770'],
    sort: ['-occurred_at', '-received_at'],
  };
  return Object.entries(of).flatMap(([filter, all]) =>
    all.map((value) => ({ filter, query: `${filter}=${value}` })),
  );
}

function rule(number: number): string {
  return `01900000-0000-7000-8001-${number.toString(16).padStart(12, '0')}`;
}

const question = (name: string, ...asked: readonly Asked[]): Question => ({
  name,
  filters: asked.map(({ filter }) => filter).join(' + '),
  path: `/v1/alerts?${['page_size=50', ...asked.map(({ query }) => query)].join('&')}`,
});

const given = (query: string): Asked => ({ filter: query.replace(/=.*/, ''), query });

/** Lists with one filter, and some that have been slow. */
export function singleQuestions(): Question[] {
  return [
    question('none'),
    ...values().map((asked) => question(asked.query, asked)),
    // Two values that many alerts have, and none has together.
    question('never together', given('severity=Critical'), given('source_name=generic')),
    question('three', ...['status=Open', 'severity=High', 'malice=Malicious'].map(given)),
  ];
}

/** Each filter with each other, in all of their values. */
export function pairQuestions(): Question[] {
  const all = values();
  return all.flatMap((a, index) =>
    all
      .slice(index + 1)
      .filter((b) => b.filter !== a.filter)
      .map((b) => question(`${a.query}&${b.query}`, a, b)),
  );
}

/** First pages that also say how many alerts there are in all. */
export const TOTALS: Question[] = [
  ['none'],
  ['status=Closed'],
  ['tags=stored', 'is_muted=false'],
  ['q=office%20shell'],
  ['status=Open', 'host=dc-01'],
].map((queries) =>
  question(
    queries.join('&'),
    ...queries.filter((one) => one !== 'none').map(given),
    given('include_total=true'),
  ),
);

/** Metrics of the last thirty days, and of the longest span. */
export const METRICS: Question[] = ['summary', 'sources', 'detection-rules'].flatMap((what) => {
  const path = `/v1/metrics/${what}`;
  return [
    { name: what, filters: '', path },
    { name: `${what}, 92 days`, filters: '', path: `${path}?since=${daysAgo(91.9)}` },
  ];
});

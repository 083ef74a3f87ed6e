import { STORED_DAYS } from '../system/varied-alerts.js';

const DAY_MS = 86_400_000;

/** A filter with a value, as in a query string. */
type Asked = { filter: string; query: string };
/** A list to ask for. */
export type Question = { name: string; path: string };

const daysAgo = (days: number): string =>
  encodeURIComponent(new Date(Date.now() - days * DAY_MS).toISOString());

/** For each filter a value that many alerts have and one that few have, as `storeVariedAlerts` stores them. */
function values(): Asked[] {
  const of: Record<string, [often: string, seldom: string]> = {
    status: ['Closed', 'Escalated'],
    severity: ['Medium', 'Critical'],
    min_severity: ['Medium', 'Critical'],
    source_name: ['generic', 'source-9'],
    tags: ['stored', 'rare'],
    all_tags: ['stored,team-3', 'rare'],
    host: ['dc-01', 'ws-77'],
    user: ['svc-backup', 'user77'],
    indicator: ['host-77.stored.example.com', 'unknown.example.com'],
    malice: ['Benign', 'Malicious'],
    enrichment_status: ['Enriched', 'Failed'],
    pipeline_stage: ['dispatched', 'failed'],
    detection_rule_uuid: [rule(1), rule(199)],
    is_muted: ['false', 'true'],
    received_from: [daysAgo(STORED_DAYS - 1), daysAgo(0.01)],
    received_to: [daysAgo(1), daysAgo(STORED_DAYS - 0.01)],
    occurred_from: [daysAgo(STORED_DAYS - 1), daysAgo(0.01)],
    occurred_to: [daysAgo(1), daysAgo(STORED_DAYS - 0.01)],
    q: ['office%20shell', 'topic77%20stored'],
    sort: ['-occurred_at', '-received_at'],
  };
  return Object.entries(of).flatMap(([filter, both]) =>
    both.map((value) => ({ filter, query: `${filter}=${value}` })),
  );
}

function rule(number: number): string {
  return `01900000-0000-7000-8001-${number.toString(16).padStart(12, '0')}`;
}

const question = (name: string, ...queries: readonly string[]): Question => ({
  name,
  path: `/v1/alerts?${['page_size=50', ...queries].join('&')}`,
});

/** Lists with one filter, and some that have been slow. */
export function singleQuestions(): Question[] {
  return [
    question('none'),
    ...values().map(({ query }) => question(query, query)),
    // Two values that many alerts have, and none has together.
    question('never together', 'severity=Critical', 'source_name=generic'),
    question('three', 'status=Open', 'severity=High', 'malice=Malicious'),
  ];
}

/** Each filter with each other, in all of their values, by the names of the two. */
export function pairQuestions(): Map<string, Question[]> {
  const all = values();
  const pairs = new Map<string, Question[]>();
  for (const [index, a] of all.entries()) {
    for (const b of all.slice(index + 1)) {
      if (a.filter === b.filter) continue;
      const name = `${a.filter} + ${b.filter}`;
      const asked = question(`${a.query}&${b.query}`, a.query, b.query);
      pairs.set(name, [...(pairs.get(name) ?? []), asked]);
    }
  }
  return pairs;
}

/** Metrics of the last thirty days, and of the longest span. */
export const METRICS: Question[] = ['summary', 'sources', 'detection-rules'].flatMap((what) => {
  const path = `/v1/metrics/${what}`;
  return [
    { name: what, path },
    { name: `${what}, 92 days`, path: `${path}?since=${daysAgo(91.9)}` },
  ];
});

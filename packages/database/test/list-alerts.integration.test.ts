import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  ALERT_STATUSES,
  type AlertFilter,
  encodeCursor,
  MAX_ALERT_TOTAL,
  MALICES,
  newUuid,
  SEVERITIES,
  TEST_SOURCE,
} from '@calseta/common';
import { createAlertStore } from '../src/alerts/alert-store.js';
import { countUpTo } from '../src/alerts/list/count-up-to.js';
import { findersOf } from '../src/alerts/list/finders.js';
import { newestDays, spanInDays } from '../src/alerts/list/newest-days.js';
import { prepareSearch } from '../src/alerts/list/search.js';
import { type Order } from '../src/alerts/list/window.js';
import { type Connection, type Database } from '../src/core/database.js';
import { withDatabase } from './with-database.js';

/** More than a list looks at one by one, so that every way to a page is taken. */
const ALERTS = 6_000;
const PAGE = 50;
const RULE = newUuid();

/** Values that go together and values that never do: every source has two severities, the oldest alerts are escalated. */
const STORE = `
  INSERT INTO alerts (id, source_name, dedup_key, title, severity, status, malice, malice_override, occurred_at, received_at,
                      last_seen_at, raw_payload, stage, stage_changed_at, next_sweep_at, tags, hosts, detection_rule_id,
                      enrichment_status, mute_id)
  SELECT gen_random_uuid(), 'source-' || n % 7, n::text, 'x',
         (ARRAY['Low', 'Medium', 'High', 'Critical'])[1 + (n % 7) % 3 + n % 2]::severity,
         (CASE WHEN n < 300 THEN 'Escalated' WHEN n % 3 = 0 THEN 'Open' ELSE 'Closed' END)::alert_status,
         (ARRAY['Benign', 'Malicious'])[1 + n % 2]::malice, CASE WHEN n % 11 = 0 THEN 'Suspicious'::malice END,
         -- Several alerts have the same time, and the order of one time is not that of the other.
         timestamptz '2026-01-01' + make_interval(secs => n % 900), timestamptz '2026-02-01' + make_interval(mins => 12 * (n / 3)),
         now(), '{}', (ARRAY['dispatched', 'dispatched', 'dispatched', 'extracted', 'failed'])[1 + n % 5]::pipeline_stage,
         now(), now(), ARRAY['t' || n % 2, 'u' || n % 1000, 'v' || n % 10], CASE WHEN n % 500 = 0 THEN ARRAY['ws-01.corp'] ELSE '{}' END,
         CASE WHEN n % 2 = 0 THEN $2::uuid END,
         (CASE WHEN n % 50 = 0 THEN 'Failed' ELSE 'Enriched' END)::enrichment_status, CASE WHEN n % 90 = 0 THEN $2::uuid END
    FROM generate_series(1, $1::int) AS n`;

type Row = {
  id: string;
  status: string;
  severity: string;
  malice: string;
  source: string;
  receivedAt: Date;
  occurredAt: Date;
  stage: string;
  tags: string[];
  hosts: string[];
  rule: string | null;
  enrichment: string;
  isMuted: boolean;
  text: string;
};
const ROWS = `
  SELECT a.id, status, severity, coalesce(malice_override, malice) AS malice, source_name AS source,
         received_at AS "receivedAt", occurred_at AS "occurredAt", stage, tags, hosts, detection_rule_id AS rule,
         enrichment_status AS enrichment, mute_id IS NOT NULL AS "isMuted", t.words::text AS text
    FROM alerts a JOIN alert_texts t ON t.alert_id = a.id WHERE source_name <> '${TEST_SOURCE}'`;

/** What a filter means, said once more. */
const MEANS: {
  [F in keyof AlertFilter]?: (row: Row, wanted: NonNullable<AlertFilter[F]>) => boolean;
} = {
  status: (row, wanted) => wanted.includes(row.status as never),
  severity: (row, wanted) => wanted.includes(row.severity as never),
  min_severity: (row, least) =>
    SEVERITIES.indexOf(row.severity as never) >= SEVERITIES.indexOf(least),
  malice: (row, wanted) => wanted.includes(row.malice as never),
  source_name: (row, wanted) => wanted.includes(row.source),
  tags: (row, wanted) => wanted.some((tag) => row.tags.includes(tag)),
  all_tags: (row, wanted) => wanted.every((tag) => row.tags.includes(tag)),
  host: (row, wanted) => wanted.some((host) => row.hosts.includes(`${host}.corp`)),
  detection_rule_uuid: (row, wanted) => row.rule === wanted,
  enrichment_status: (row, wanted) => row.enrichment === wanted,
  pipeline_stage: (row, wanted) => row.stage === wanted,
  is_muted: (row, wanted) => row.isMuted === wanted,
  received_from: (row, from) => row.receivedAt >= new Date(from),
  received_to: (row, to) => row.receivedAt < new Date(to),
  occurred_from: (row, from) => row.occurredAt >= new Date(from),
  occurred_to: (row, to) => row.occurredAt < new Date(to),
  q: (row, words) => row.text.includes(`'${words}'`),
};

const FILTERS: AlertFilter[] = [
  { status: ['Escalated'] },
  { status: ['Open', 'Escalated', 'Open'] },
  { severity: ['Critical'] },
  { severity: ['Low'] },
  { min_severity: 'High' },
  { malice: ['Suspicious'] },
  { malice: ['Benign'] },
  { source_name: ['source-0'] },
  { source_name: ['source-2', 'source-5', 'source-2'] },
  { tags: ['t0'] },
  { tags: ['u7', 'u8'] },
  { all_tags: ['t1', 'u77'] },
  { host: ['ws-01'] },
  { detection_rule_uuid: RULE },
  { enrichment_status: 'Failed' },
  { enrichment_status: 'Enriched' },
  { pipeline_stage: 'extracted' },
  { pipeline_stage: 'failed' },
  { is_muted: true },
  { is_muted: false },
  { received_to: '2026-02-02T00:00:00Z' },
  { received_from: '2026-02-12T00:00:00Z' },
  { occurred_to: '2026-01-01T00:01:00Z' },
  { occurred_from: '2026-01-01T00:10:00Z' },
  { q: 'even' },
  { q: 'seldom' },
  { q: 'tenth' },
  { q: 'early' },
];

let database: Database;
let rows: Row[];
withDatabase((opened) => {
  database = opened;
});
beforeAll(async () => {
  await database.query('INSERT INTO detection_rules (id, name) VALUES ($1, $2)', [RULE, 'r']);
  await database.query(STORE, [ALERTS, RULE]);
  await database.query(`UPDATE alerts SET source_name = '${TEST_SOURCE}' WHERE dedup_key = '5999'`);
  await database.query(
    `INSERT INTO alert_texts (alert_id, words, received_on)
     SELECT id, CASE WHEN n % 600 = 1 THEN 'seldom'::tsvector WHEN n % 10 = 3 THEN 'tenth' WHEN n < 2400 AND n % 4 = 1 THEN 'early'
                     WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END
                -- Postgres expects numbers of beginnings of words only where it knows a hundred words.
                || ('w' || n % 150)::tsvector,
            CASE WHEN n % 7 = 5 THEN '-infinity' ELSE received_at AT TIME ZONE 'UTC' END
       FROM (SELECT *, dedup_key::int AS n FROM alerts) AS a`,
  );
  await database.pool.query('ANALYZE');
  rows = (await database.query<Row>(ROWS)).rows;
});

/** The first pages of a list, one after another. */
async function read(
  filter: AlertFilter,
  { sort, pages = 1 }: { sort?: '-occurred_at'; pages?: number } = {},
): Promise<string[]> {
  const store = createAlertStore(database);
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const window = { pageSize: PAGE, includeTotal: false, ...(cursor !== undefined && { cursor }) };
    const answer = await store.list({ ...filter, ...(sort && { sort }) }, window);
    ids.push(...answer.items.map(({ uuid }) => uuid));
    if (answer.nextCursor === null) return ids;
    cursor = answer.nextCursor;
  }
  return ids;
}

function expected(
  filter: AlertFilter,
  { sort, pages = 1 }: { sort?: '-occurred_at'; pages?: number } = {},
): string[] {
  const isOfOccurrence = sort !== undefined || 'occurred_from' in filter || 'occurred_to' in filter;
  const timeOf = (row: Row) => (isOfOccurrence ? row.occurredAt : row.receivedAt).getTime();
  return rows
    .filter((row) =>
      Object.entries(filter).every(([name, wanted]) =>
        MEANS[name as keyof AlertFilter]?.(row, wanted as never),
      ),
    )
    .toSorted((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1))
    .slice(0, PAGE * pages)
    .map(({ id }) => id);
}

describe('the list of alerts', () => {
  test.each(FILTERS.map((filter, index) => [filter, index] as const))(
    'answers %j with each filter after it',
    async (filter, index) => {
      for (const other of FILTERS.slice(index)) {
        const both = { ...filter, ...other };
        expect({ both, ids: await read(both) }).toEqual({ both, ids: expected(both) });
      }
    },
  );

  test.each(FILTERS)('answers %j page by page, by either time', async (filter) => {
    for (const list of [{ pages: 3 }, { pages: 3, sort: '-occurred_at' as const }]) {
      expect(await read(filter, list)).toEqual(expected(filter, list));
    }
  });

  test('answers all filters at once', async () => {
    const wide: AlertFilter = {
      status: [...ALERT_STATUSES],
      severity: [...SEVERITIES],
      malice: [...MALICES],
      is_muted: false,
      received_from: '2026-02-01T00:00:00Z',
      occurred_from: '2026-01-01T00:00:00Z',
    };
    for (const filter of FILTERS) {
      const both = { ...wide, ...filter };
      expect({ both, ids: await read(both) }).toEqual({ both, ids: expected(both) });
    }
  });

  /** The statements that read what words find. */
  async function waysOf(filter: AlertFilter): Promise<string[]> {
    const statements: string[] = [];
    const search: Database['search'] = async (work) =>
      await database.search(
        async ({ query }) =>
          await work({
            query: async (text, values) => {
              if (text.includes('AS hit') && !text.startsWith('EXPLAIN')) statements.push(text);
              return await query(text, values);
            },
          }),
      );
    const page = { pageSize: PAGE, includeTotal: false };
    const { items } = await createAlertStore({ ...database, search }).list(filter, page);
    expect(items.map(({ uuid }) => uuid)).toEqual(expected(filter));
    return statements;
  }
  const BY_DAY: unknown = expect.stringContaining('received_on');

  test('reads what words find of the newest days alone, where a page is expected in them', async () => {
    expect(await waysOf({ q: 'tenth', status: ['Open'] })).toEqual([BY_DAY]);
  });

  test('reads what words find of all days, where the newest have too few', async () => {
    expect(await waysOf({ q: 'early', status: ['Open'] })).toEqual([
      BY_DAY,
      BY_DAY,
      expect.not.stringContaining('received_on'),
    ]);
  });

  /** What is read of the newest days, `share` of the list; `plans` gets the plans of the statements that read it. */
  async function newestOf(
    filter: AlertFilter,
    {
      order = 'received_at',
      share = 0.3,
      plans = [],
    }: { order?: Order; share?: number; plans?: string[] } = {},
  ): Promise<string[] | undefined> {
    return await database.search(async (connection) => {
      const search = prepareSearch(filter, undefined);
      const window = { order, after: undefined, take: PAGE };
      const [finders, span] = await Promise.all([
        findersOf(connection, search.asked),
        spanInDays(connection, search, order),
      ]);
      const query: Connection['query'] = async (text, values) => {
        if (text.startsWith('SELECT')) {
          const explained = await connection.query(`EXPLAIN ${text}`, values);
          plans.push(JSON.stringify(explained.rows));
        }
        return await connection.query(text, values);
      };
      const list = { search, finders, window, span, inSpan: ALERTS, share };
      return (await (await newestDays({ query }, list))?.read())?.map(({ id }) => id);
    });
  }

  test('reads a category of the newest days alone', async () => {
    const narrowed: AlertFilter = { status: ['Open'], all_tags: ['v1'] };
    expect(await newestOf(narrowed)).toEqual(expected(narrowed));
    // The days before them too, where they have too few.
    expect(await newestOf(narrowed, { share: 0.15 })).toEqual(expected(narrowed));
    const fewer = (await newestOf(narrowed, { share: 0.05 })) ?? [];
    expect(fewer.length).toBeGreaterThan(PAGE / 3);
    expect(fewer.length).toBeLessThan(PAGE);
    expect(fewer).toEqual(expected(narrowed).slice(0, fewer.length));
  });

  test('reads a list that has an index of its own along that index, and keeps in a hash what words find', async () => {
    for (const list of [
      { detection_rule_uuid: RULE },
      { enrichment_status: 'Failed' },
      { is_muted: true },
    ] satisfies AlertFilter[]) {
      const found: AlertFilter = { q: 'even', ...list };
      const plans: string[] = [];
      expect(await newestOf(found, { share: 0.38, plans })).toEqual(expected(found));
      expect(plans).not.toEqual([]);
      for (const plan of plans) expect(plan).toContain('hashed SubPlan');
      const fewer = (await newestOf(found, { share: 0.001 })) ?? [];
      expect(fewer.length).toBeGreaterThan(0);
      expect(fewer).toEqual(expected(found).slice(0, fewer.length));
    }
  });

  test('reads the newest days only in the order of receipt, where they are a part of the list', async () => {
    const found: AlertFilter = { q: 'tenth' };
    expect(await newestOf(found)).toEqual(expected(found));
    expect(await newestOf(found, { order: 'occurred_at' })).toBeUndefined();
    expect(await newestOf(found, { share: 0.4 })).toBeUndefined();
    expect(await newestOf({ all_tags: ['v1'] })).toBeUndefined();
    expect(await newestOf({ status: ['Open'] })).toBeUndefined();
    expect(await newestOf({ ...found, received_from: '2027-01-01T00:00:00Z' })).toBeUndefined();
  });

  test('has no alert where a severity is wanted that is below the least one', async () => {
    expect(await read({ severity: ['Low'], min_severity: 'High' })).toEqual([]);
  });

  test.each(FILTERS)('counts %j', async (filter) => {
    const page = await createAlertStore(database).list(filter, { pageSize: 1, includeTotal: true });
    expect(page.total).toBe(expected(filter, { pages: ALERTS / PAGE }).length);
    expect(page.totalIsAtLeast).toBeUndefined();
  });

  test.each(FILTERS)('stops to count %j at any limit', async (filter) => {
    const all = expected(filter, { pages: ALERTS / PAGE }).length;
    for (const limit of [7, 200, ALERTS]) {
      const counted = await database.search(
        async (connection) => await countUpTo(connection, prepareSearch(filter, undefined), limit),
      );
      expect({ limit, counted }).toEqual({ limit, counted: Math.min(limit, all) });
    }
  });

  test.each(['x', '2026-99-99 00:00:00+00', '99999-01-01 00:00:00+00 BC'])(
    'refuses a cursor whose time is %s',
    async (at) => {
      const cursor = encodeCursor({ id: newUuid(), at });
      const page = { cursor, pageSize: PAGE, includeTotal: false };
      await expect(createAlertStore(database).list({}, page)).rejects.toMatchObject({
        code: 'request.invalid',
      });
    },
  );

  test('counts no further than its limit, and says so', async () => {
    const more = 4_500;
    await database.query(
      `INSERT INTO alerts (id, source_name, dedup_key, title, occurred_at, received_at, last_seen_at, raw_payload, stage_changed_at, next_sweep_at)
       SELECT gen_random_uuid(), 'many', 'many-' || n, 'x', now(), now(), now(), '{}', now(), now() FROM generate_series(1, $1::int) AS n`,
      [more],
    );
    const total = async () => {
      const page = await createAlertStore(database).list({}, { pageSize: 1, includeTotal: true });
      return { total: page.total, isAtLeast: page.totalIsAtLeast };
    };
    const over = ALERTS - 1 + more - MAX_ALERT_TOTAL;
    expect(await total()).toEqual({ total: MAX_ALERT_TOTAL, isAtLeast: true });
    const takeAway = async (count: number) =>
      await database.query(
        `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE source_name = 'many' LIMIT $1)`,
        [count],
      );
    await takeAway(over);
    expect(await total()).toEqual({ total: MAX_ALERT_TOTAL, isAtLeast: undefined });
    await takeAway(more);
  });
});

import { MAX_METRIC_GROUPS, SCORECARD_DAYS, TEST_SOURCE } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV2 } from './mcp-clients.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 10, 12, minute));
const SPAN = 'since=2026-01-10T12:00:00Z&until=2026-01-10T13:00:00Z';

async function seed(): Promise<void> {
  const rule = await api.call('POST', '/v1/detection-rules', {
    body: { name: 'Documented', documentation: 'What to do' },
  });
  await api.call('POST', '/v1/detection-rules', { body: { name: 'Silent' } });
  const { uuid } = rule.body.data as { uuid: string };
  const closed = (minute: number, triaged: number, end: number, word: string | null) => ({
    receivedAt: at(minute),
    triagedAt: at(triaged),
    closedAt: at(end),
    status: 'Closed' as const,
    closeClassification: word,
  });
  await insertAlert(api.database, { ...closed(0, 2, 10, 'false_positive'), detectionRuleId: uuid });
  await insertAlert(api.database, closed(0, 4, 30, 'true_positive'));
  await insertAlert(api.database, closed(1, 5, 11, null));
  await insertAlert(api.database, {
    receivedAt: at(59),
    severity: 'Low',
    sourceName: 'elastic',
    enrichmentStatus: 'Partial',
  });
  // Received and closed outside of the span.
  await insertAlert(api.database, closed(-30, -20, -10, 'false_positive'));
  await insertAlert(api.database, {
    receivedAt: at(60),
    stage: 'extracted',
    stageChangedAt: new Date(Date.now() - 60_000),
  });
  await insertAlert(api.database, { receivedAt: at(61), stage: 'failed' });
  // Of test pushes: in no count.
  await insertAlert(api.database, { receivedAt: at(3), sourceName: TEST_SOURCE });
  await insertAlert(api.database, { ...closed(2, 3, 4, 'true_positive'), sourceName: TEST_SOURCE });
}

test('the summary counts the span, and what waits now', async () => {
  await seed();
  const { status, body } = await api.call('GET', `/v1/metrics/summary?${SPAN}`);
  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    received: {
      alert_count: 4,
      by_severity: { High: 3, Low: 1 },
      by_source: { generic: 3, elastic: 1 },
    },
    closed: {
      alert_count: 3,
      by_classification: { false_positive: 1, true_positive: 1 },
      false_positive_rate: 0.5,
      time_to_triage_seconds: { alert_count: 3, mean: 200, median: 240 },
      time_to_close_seconds: { alert_count: 3, mean: 1_000, median: 600 },
    },
    coverage: {
      enriched: 0.75,
      with_detection_rule: 0.25,
      documented_detection_rules: 0.5,
    },
    now: {
      open_alerts: { Open: 3, Triaging: 0, Escalated: 0 },
      failed_alerts: 1,
      quarantined_alerts: 0,
      deliveries: { pending_count: 0, dead_count: 0 },
    },
  });
  const { stages } = (body.data as { now: { stages: { oldest_age_seconds: number }[] } }).now;
  expect(stages).toMatchObject([
    { stage: 'ingested', waiting_count: 0, oldest_age_seconds: 0 },
    { stage: 'extracted', waiting_count: 1 },
    { stage: 'enriched', waiting_count: 0 },
  ]);
  expect(stages[1]!.oldest_age_seconds).toBeGreaterThanOrEqual(60);
});

test('a tool and a resource of MCP answer the same', async () => {
  await using client = await connectV2(api, ADMIN_KEY, 'auto');
  const [since, until] = ['2026-01-10T12:00:00Z', '2026-01-10T13:00:00Z'];
  const answer = await client.call('get_metrics', { since, until });
  expect(answer.data).toMatchObject({ received: { alert_count: 4 }, truncated: false });
  const wrong = await client.call('get_metrics', { since: 'yesterday' });
  expect(wrong.text).toMatch(/^request\.invalid: .*\n\/since: /);
  const resource = await client.readResource('calseta://metrics/summary');
  expect(JSON.parse(resource)).toHaveProperty('now.failed_alerts', 1);
});

test('the alerts of the span are counted by source and by detection rule', async () => {
  const sources = await api.call('GET', `/v1/metrics/sources?${SPAN}`);
  expect(sources.status).toBe(200);
  expect(sources.body.data).toEqual({
    since: '2026-01-10T12:00:00Z',
    until: '2026-01-10T13:00:00Z',
    sources: [
      {
        source_name: 'generic',
        received_count: 3,
        enriched: 1,
        closed_count: 3,
        classified_count: 2,
        false_positive_rate: 0.5,
        median_time_to_triage_seconds: 240,
        median_time_to_close_seconds: 600,
      },
      {
        source_name: 'elastic',
        received_count: 1,
        enriched: 0,
        closed_count: 0,
        classified_count: 0,
      },
    ],
  });
  const rules = await api.call('GET', `/v1/metrics/detection-rules?${SPAN}`);
  expect(rules.body.data).toMatchObject({
    detection_rules: [
      {
        name: 'Documented',
        received_count: 1,
        closed_count: 1,
        false_positive_rate: 1,
        median_time_to_triage_seconds: 120,
        median_time_to_close_seconds: 600,
      },
    ],
  });
});

test('the sources and rules with the most alerts are listed, at most a hundred', async () => {
  const [day, next] = ['2026-02-10T12:00:00Z', '2026-02-11T12:00:00Z'];
  const receivedAt = new Date(day);
  const rules = await api.database.prisma.detectionRule.createManyAndReturn({
    data: Array.from({ length: MAX_METRIC_GROUPS + 1 }, (_, number) => ({
      name: `Rule ${number}`,
    })),
  });
  for (const [number, { id }] of rules.entries()) {
    const alert = { receivedAt, detectionRuleId: id, sourceName: `source_${number}` };
    await insertAlert(api.database, alert);
    if (number !== 7) await insertAlert(api.database, alert);
  }
  const span = `since=${day}&until=${next}`;
  const { sources } = (await api.call('GET', `/v1/metrics/sources?${span}`)).body.data as {
    sources: { source_name: string }[];
  };
  expect(sources).toHaveLength(MAX_METRIC_GROUPS);
  expect(sources.map(({ source_name }) => source_name)).not.toContain('source_7');
  const { detection_rules } = (await api.call('GET', `/v1/metrics/detection-rules?${span}`)).body
    .data as { detection_rules: { name: string }[] };
  expect(detection_rules).toHaveLength(MAX_METRIC_GROUPS);
  expect(detection_rules.map(({ name }) => name)).not.toContain('Rule 7');
});

test.each(['summary', 'sources', 'detection-rules'])(
  '%s: a span that ends before it begins, or is too long, is refused',
  async (what) => {
    const until = Date.UTC(2026, 3, 30);
    const longest = new Date(until - SCORECARD_DAYS.max * 86_400_000);
    const tooLong = new Date(longest.getTime() - 1);
    const statusOf = async (since: Date, end = new Date(until)) => {
      const query = `since=${since.toISOString()}&until=${end.toISOString()}`;
      return (await api.call('GET', `/v1/metrics/${what}?${query}`)).status;
    };
    expect(await statusOf(longest)).toBe(200);
    expect(await statusOf(tooLong)).toBe(422);
    expect(await statusOf(new Date(until), longest)).toBe(422);
  },
);

test.each([
  [
    'alerts_received_idx',
    `SELECT severity, source_name, count(detection_rule_id), count(enrichment_status)
       FROM alerts WHERE received_at >= '2026-01-10' GROUP BY 1, 2`,
  ],
  [
    'alerts_received_idx',
    `SELECT detection_rule_id, count(enrichment_status) FROM alerts
      WHERE received_at >= '2026-01-10' AND source_name <> '${TEST_SOURCE}' GROUP BY 1`,
  ],
  [
    'alerts_closed_by_idx',
    `SELECT source_name, detection_rule_id, count(*) FROM alerts
      WHERE closed_at >= '2026-01-10' GROUP BY 1, 2`,
  ],
  [
    'alerts_closed_by_idx',
    `SELECT avg(closed_at - received_at), count(triaged_at), max(close_classification)
       FROM alerts WHERE closed_at >= '2026-01-10' AND source_name <> '${TEST_SOURCE}'`,
  ],
])('%s has all that a span is counted by', async (index, sql) => {
  const plan = await api.database.prisma.$transaction(async (tx) => {
    for (const way of ['seqscan', 'bitmapscan'])
      await tx.$executeRawUnsafe(`SET LOCAL enable_${way} = off`);
    return await tx.$queryRawUnsafe(`EXPLAIN ${sql}`);
  });
  expect(JSON.stringify(plan)).toContain(`Index Only Scan using ${index}`);
});

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

test('a span that ends before it begins, or is too long, is refused', async () => {
  for (const query of [
    'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
    'since=2020-01-01T00:00:00Z',
  ])
    expect((await api.call('GET', `/v1/metrics/summary?${query}`)).status).toBe(422);
});

test.each([
  [
    'alerts_received_idx',
    `SELECT severity, source_name, count(detection_rule_id), count(enrichment_status)
       FROM alerts WHERE received_at >= '2026-01-10' GROUP BY 1, 2`,
  ],
  [
    'alerts_closed_idx',
    `SELECT avg(closed_at - received_at), count(triaged_at), max(close_classification)
       FROM alerts WHERE closed_at >= '2026-01-10'`,
  ],
])('%s has all that a span is counted by', async (index, sql) => {
  const plan = await api.database.prisma.$transaction(async (tx) => {
    for (const way of ['seqscan', 'bitmapscan'])
      await tx.$executeRawUnsafe(`SET LOCAL enable_${way} = off`);
    return await tx.$queryRawUnsafe(`EXPLAIN ${sql}`);
  });
  expect(JSON.stringify(plan)).toContain(`Index Only Scan using ${index}`);
});

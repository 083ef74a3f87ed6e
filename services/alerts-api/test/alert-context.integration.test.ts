import { MAX_PAGE_BYTES, newUuid, OPERATOR_EVENT_NAMES, pushPayloadSchema } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV2 } from './mcp-clients.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let uuid: string;

beforeAll(async () => {
  api = await startAlertsApi();
  await api.call('POST', '/v1/context-documents', {
    body: { title: 'Runbook', doc_type: 'runbook', content: '## Step\nCall.', is_global: true },
  });
  await api.call('POST', '/v1/workflows', { body: { name: 'Block address' } });
  const rule = await api.call('POST', '/v1/detection-rules', {
    body: { name: 'Rule', documentation: 'Why.' },
  });
  uuid = await insertAlert(api.database, {
    detectionRuleId: (rule.body.data as { uuid: string }).uuid,
    users: ['dora'],
    normalizedFields: { src_ip: '192.0.2.9' },
    rawPayload: { text: 'from 192.0.2[.]9' },
    indicatorCount: 1,
  });
  const now = new Date();
  await api.database.prisma.indicator.create({
    data: {
      id: newUuid(),
      type: 'ip',
      value: '192.0.2.9',
      classification: 'documentation',
      firstSeenAt: now,
      lastSeenAt: now,
      alerts: {
        create: {
          alertId: uuid,
          position: 0,
          role: 'source',
          provenance: [{ pass: 'text', pointer: '/text', stated_as: '192.0.2[.]9', span: [5, 16] }],
        },
      },
    },
  });
  await api.call('POST', `/v1/alerts/${uuid}/findings`, { body: { summary: 'Planned work' } });
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Whole = Record<string, unknown> & {
  _metadata: { untrusted_paths: string[]; omitted: unknown[] };
};
const whole = async (query = ''): Promise<Whole> =>
  (await api.call('GET', `/v1/alerts/${uuid}${query}`)).body.data;

describe('GET /v1/alerts/{uuid}', () => {
  test('is whole: the fields of the alert, and beside them the sections of a push', async () => {
    const alert = await whole();
    expect(alert).toMatchObject({
      uuid,
      pipeline_stage: 'dispatched',
      duplicate_count: 0,
      raw_payload: { text: 'from 192.0.2[.]9' },
      indicators: [
        {
          type: 'ip',
          value: '192.0.2.9',
          role: 'source',
          provenance: [{ pointer: '/raw_payload/text', stated_as: '192.0.2[.]9', span: [5, 16] }],
        },
      ],
      detection_rule: { name: 'Rule', documentation: 'Why.' },
      context_documents: [{ title: 'Runbook', doc_type: 'runbook', content: '## Step\nCall.' }],
      workflows: [{ name: 'Block address', approval_mode: 'always', risk_level: 'medium' }],
      related_alerts: [],
      findings: [{ summary: 'Planned work' }],
    });
    expect(alert._metadata.untrusted_paths).toEqual(
      expect.arrayContaining(['/title', '/users', '/raw_payload', '/indicators', '/findings']),
    );
    for (const path of alert._metadata.untrusted_paths) {
      const value = path
        .split('/')
        .slice(1)
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], alert);
      expect([path, value]).not.toEqual([path, undefined]);
    }
  });

  test('answers the parts that `expand` names alone, and refuses others', async () => {
    const alert = await whole('?expand=indicators,workflows');
    expect(Object.keys(alert)).toEqual(
      expect.arrayContaining(['title', 'indicators', 'workflows']),
    );
    for (const left of ['raw_payload', 'findings', 'detection_rule', 'context_documents']) {
      expect(alert).not.toHaveProperty(left);
    }
    expect(alert._metadata.untrusted_paths).not.toContain('/raw_payload');
    expect((await api.call('GET', `/v1/alerts/${uuid}?expand=everything`)).status).toBe(422);
  });
});

describe('GET /v1/alerts/{uuid}/context', () => {
  const context = async (query: string) =>
    await api.call('GET', `/v1/alerts/${uuid}/context${query}`);

  test('is the payload of a push with the findings, as JSON by default', async () => {
    const { status, body } = await context('');
    expect(status).toBe(200);
    const data = body.data as { alert: { _metadata: object }; findings: unknown[] };
    expect(data.findings).toMatchObject([{ summary: 'Planned work' }]);
    expect(pushPayloadSchema.safeParse({ event: 'alert.enriched', ...data })).toMatchObject({
      success: true,
    });
  });

  test('is a text of Markdown where that is asked for', async () => {
    const response = await fetch(`${api.url}/v1/alerts/${uuid}/context?format=markdown`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const text = await response.text();
    expect(text).toContain(`# Alert ${uuid}`);
    expect(text).toContain('## Title\n\n```untrusted\nImpossible Travel Detected\n```');
  });

  test.each([
    ['?max_tokens=199', 422],
    ['?max_tokens=200', 200],
    ['?max_tokens=200000', 200],
    ['?max_tokens=200001', 422],
    ['?max_tokens=many', 422],
    ['?format=html', 422],
  ])('with %s answers %d', async (query, status) => {
    expect((await context(query)).status).toBe(status);
  });

  test('is 404 for an unknown alert', async () => {
    expect((await api.call('GET', `/v1/alerts/${newUuid()}/context`)).status).toBe(404);
  });
});

test('the JSON Schema of the push payload is public', async () => {
  const response = await fetch(`${api.url}/schemas/push-v1.json`);
  expect(response.headers.get('content-type')).toBe('application/schema+json');
  expect(await response.json()).toMatchObject({
    $id: '/schemas/push-v1.json',
    required: expect.arrayContaining(['event', 'alert', 'detection_rule', 'related_alerts']),
  });
});

test('so is that of the other events, one alternative for each', async () => {
  const response = await fetch(`${api.url}/schemas/events-v1.json`);
  const { $id: id, anyOf } = (await response.json()) as {
    $id: string;
    anyOf: { properties: { event: { const: string } } }[];
  };
  expect(id).toBe('/schemas/events-v1.json');
  expect(anyOf.map(({ properties }) => properties.event.const)).toEqual(OPERATOR_EVENT_NAMES);
});

test('contexts wait while other large reads take all the room', async () => {
  await using client = await connectV2(api, ADMIN_KEY, 'auto');
  const agent = await api.call('POST', '/v1/agents', { body: { name: 'Puller' } });
  const { uuid: agentId } = agent.body.data as { uuid: string };
  await api.database.prisma.delivery.create({
    data: { id: newUuid(), agentId, alertId: uuid, revision: 1, nextAttemptAt: new Date() },
  });
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const others = api.database.readLarge(2 * MAX_PAGE_BYTES, async () => await left);

  const waiting = [
    api.call('GET', `/v1/alerts/${uuid}`),
    api.call('GET', `/v1/alerts/${uuid}/context`),
    api.call('POST', `/v1/agents/${agentId}/lease`, { body: {} }),
    client.call('get_alert_context', { alert_uuid: uuid }),
  ] as const;
  await eventually(async () =>
    expect(await api.metrics()).toContain(`calseta_large_reads_waiting ${waiting.length}`),
  );
  leave();
  const [read, context, leased, called] = await Promise.all(waiting);
  expect([read.status, context.status, leased.status]).toEqual([200, 200, 200]);
  expect((leased.body.data as { deliveries: unknown[] }).deliveries).toHaveLength(1);
  expect(called.isError).toBe(false);
  await others;
});

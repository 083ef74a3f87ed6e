import { newUuid, type Scope } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aRunToApprove } from './run-to-approve.js';
import { insertAlert } from './insert-alert.js';
import { ADMIN_KEY, type Answer, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

/** One of each kind: bidirectional, zero-width, tag, selector, filler, control. */
const HIDDEN = 'a\u202e\u200b\u{e0049}\ufe0f\u3164\u0085b';
const SHOWN = String.raw`a\u{202e}\u{200b}\u{e0049}\u{fe0f}\u{3164}\u{85}b`;
const HIDDEN_CHARACTER = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

let api: TestAlertsApi;
/** Has the scopes of an agent, and none for configuration. */
let agentKey: string;
/** The id for each path that takes one. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  api = await startAlertsApi();
  const scopes: Scope[] = [
    'alerts:read',
    'findings:write',
    'alerts:triage',
    'enrichments:read',
    'workflows:read',
    'workflows:execute',
    'agents:read',
  ];
  agentKey = (await made('/v1/api-keys', { name: 'agent', scopes })).key;
  await seed();
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function made(path: string, body: unknown): Promise<{ uuid: string; key: string }> {
  const answer = await api.call('POST', path, { body });
  expect(answer.status).toBe(201);
  return answer.body.data;
}

/** Creates one of each resource, with hidden characters in every text of a sender, an agent or a person. */
async function seed(): Promise<void> {
  const { prisma } = api.database;
  ids['/v1/detection-rules'] = (
    await made('/v1/detection-rules', { name: HIDDEN, documentation: HIDDEN })
  ).uuid;
  ids['/v1/context-documents'] = (
    await made('/v1/context-documents', {
      title: HIDDEN,
      doc_type: 'runbook',
      content: HIDDEN,
      is_global: true,
      tags: [HIDDEN],
    })
  ).uuid;
  ids['/v1/workflows'] = (
    await made('/v1/workflows', { name: HIDDEN, documentation: HIDDEN })
  ).uuid;
  const { approval_uuid: approvalId } = await aRunToApprove(api, { reason: HIDDEN });
  ids['/v1/workflow-approvals'] = approvalId;
  ids['/v1/approvers'] = (await made('/v1/approvers', { principal: HIDDEN, name: HIDDEN })).uuid;
  const runId = newUuid();
  ids['/v1/workflow-runs'] = runId;
  await prisma.workflowRun.create({
    data: {
      id: runId,
      workflowId: ids['/v1/workflows'],
      requestedBy: 'agent',
      reason: HIDDEN,
      parameters: { message: HIDDEN },
      summary: HIDDEN,
    },
  });
  ids['/v1/mutes'] = (
    await made('/v1/mutes', {
      rule: { all: [{ field: 'title', op: 'eq', value: HIDDEN }] },
      until: new Date(Date.now() + 60_000).toISOString(),
      reason: HIDDEN,
    })
  ).uuid;
  ids['/v1/indicator-mappings'] = (
    await made('/v1/indicator-mappings', { path: HIDDEN, indicator_type: 'ip' })
  ).uuid;
  ids['/v1/threat-lists'] = (
    await made('/v1/threat-lists', {
      name: HIDDEN,
      description: HIDDEN,
      verdict: 'deny',
      content: [{ value: 'bad.example', reason: HIDDEN }],
    })
  ).uuid;
  ids['/v1/agents'] = (
    await made('/v1/agents', {
      name: HIDDEN,
      documentation: HIDDEN,
      webhook_url: 'http://127.0.0.1:9000/',
    })
  ).uuid;
  const alertId = await insertAlert(api.database, {
    title: HIDDEN,
    description: HIDDEN,
    severityOriginal: HIDDEN,
    nativeAlertId: HIDDEN,
    sourceRuleId: HIDDEN,
    sourceRuleName: HIDDEN,
    sourceUrl: HIDDEN,
    tags: [HIDDEN],
    normalizedFields: { process_name: HIDDEN },
    ingestNotes: [HIDDEN],
    rawPayload: { [HIDDEN]: [HIDDEN] },
    failureCode: 'payload.unreadable',
    failureReason: HIDDEN,
    detectionRuleId: ids['/v1/detection-rules'],
  });
  ids['/v1/alerts'] = alertId;
  await made(`/v1/alerts/${alertId}/comments`, { text: HIDDEN });
  await made(`/v1/alerts/${alertId}/findings`, {
    summary: HIDDEN,
    recommended_actions: [HIDDEN],
    details: { [HIDDEN]: HIDDEN },
  });
  const now = new Date();
  const indicatorId = newUuid();
  await prisma.indicator.create({
    data: {
      id: indicatorId,
      type: 'account',
      value: HIDDEN,
      displayValue: HIDDEN,
      classification: 'public',
      maliceReasons: [HIDDEN],
      firstSeenAt: now,
      lastSeenAt: now,
      alerts: {
        create: {
          alertId,
          position: 0,
          provenance: [{ pass: 'text', pointer: `/${HIDDEN}/0`, stated_as: HIDDEN }],
        },
      },
      results: {
        create: {
          providerName: 'p',
          configVersion: 1,
          status: 'success',
          extracted: { [HIDDEN]: HIDDEN },
          fetchedAt: now,
          expiresAt: now,
        },
      },
      rawAnswers: {
        create: {
          providerName: 'p',
          fetchedAt: now,
          steps: [{ name: 'lookup', status: 200, content_type: HIDDEN, body: HIDDEN }],
        },
      },
    },
  });
  ids['/v1/indicators'] = indicatorId;
  const deliveryId = newUuid();
  await prisma.delivery.create({
    data: {
      id: deliveryId,
      agentId: ids['/v1/agents'],
      alertId,
      revision: 1,
      status: 'dead',
      nextAttemptAt: now,
      lastError: HIDDEN,
      attempts: {
        create: {
          id: newUuid(),
          number: 1,
          startedAt: now,
          durationMs: 1,
          outcome: 'rejected',
          responseBody: HIDDEN,
          error: HIDDEN,
        },
      },
    },
  });
  ids['/v1/deliveries'] = deliveryId;
  await prisma.alertOccurrence.create({
    data: { id: newUuid(), alertId, receivedAt: now, rawPayload: { [HIDDEN]: HIDDEN } },
  });
  const provider = await prisma.enrichmentProvider.create({
    data: {
      name: 'p',
      title: HIDDEN,
      versions: {
        create: {
          version: 1,
          title: HIDDEN,
          isEnabled: true,
          indicatorTypes: ['ip'],
          quotas: [],
          ttls: { success: 60, not_found: 60 },
          reliability: 0.5,
          timeoutMs: 1_000,
          isOwnDirectory: false,
          maxTlp: 'AMBER',
          roles: [],
          credentialNames: [],
        },
      },
    },
  });
  await prisma.providerHealth.create({
    data: {
      providerName: 'p',
      lastFailureAt: now,
      lastFailureKind: 'refused',
      lastFailure: HIDDEN,
    },
  });
  ids['/v1/enrichment-providers'] = provider.id;
  await prisma.source.update({
    where: { name: 'generic' },
    data: { lastRejectedAt: now, lastRejectedReason: HIDDEN },
  });
  ids['/v1/sources'] = 'generic';
}

const text = async (path: string, key: string): Promise<string> => {
  const response = await fetch(api.url + path, { headers: { authorization: `Bearer ${key}` } });
  expect([path, response.status]).toEqual([path, 200]);
  return await response.text();
};

/** The keys and texts in JSON text, including duplicates. */
function parsed(json: string) {
  const texts: string[] = [];
  const body = JSON.parse(json, function (this: unknown, key: string, value: unknown) {
    if (!Array.isArray(this)) texts.push(key);
    if (typeof value === 'string') texts.push(value);
    return value;
  }) as Answer['body'];
  return { texts, body };
}

const NOT_FOR_AGENTS: ReadonlySet<string> = new Set(['admin', 'secrets:write', 'audit:read']);

describe('what an agent reads', () => {
  test('hides nothing, on any route that answers with JSON', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    const paths = body['paths'] as Record<
      string,
      { get?: { 'x-scope'?: string; responses: { 200: { content: object } } } }
    >;
    const readable = Object.entries(paths).flatMap(([path, { get }]) =>
      get?.['x-scope'] !== undefined &&
      !NOT_FOR_AGENTS.has(get['x-scope']) &&
      'application/json' in get.responses[200].content
        ? [
            path
              .replace(
                /^(\/v1\/[\w-]+)\/\{\w+\}/,
                (_, kind: string) => `${kind}/${ids[kind] ?? ''}`,
              )
              .replace('{version}', '1')
              .replace('{provider}', 'p')
              .replace(/\/explain$/, `/explain?alert_uuid=${ids['/v1/alerts'] ?? ''}`),
          ]
        : [],
    );
    expect(readable.length).toBeGreaterThan(20);
    for (const path of readable) {
      const { texts, body: answer } = parsed(await text(path, agentKey));
      expect([path, texts.filter((one) => HIDDEN_CHARACTER.test(one))]).toEqual([path, []]);
      const places = texts.filter((one) => one.includes(SHOWN)).length;
      // A scorecard holds numbers alone, a key its own name, and names of sources are plain.
      expect([path, places > 0]).toEqual([
        path,
        !/\/(?:scorecard|me|metrics\/sources)$/.test(path),
      ]);
      expect([path, answer.meta['made_visible_count'] ?? 0]).toEqual([path, places * 6]);
    }
  });

  test('is not touched where nothing is hidden', async () => {
    const uuid = await insertAlert(api.database, { title: '❤️ 👩‍🚀 Grüße' });
    const { body } = await api.call('GET', `/v1/alerts/${uuid}?expand=raw_payload`, {
      key: agentKey,
    });
    expect(body.data).toMatchObject({ title: '❤️ 👩‍🚀 Grüße' });
    expect(body.meta).toEqual({});
  });

  test('hides nothing when it is a problem', async () => {
    const { status, body } = await api.call('POST', `/v1/alerts/${newUuid()}/findings`, {
      body: { summary: 'x', [HIDDEN]: 1 },
    });
    expect([status, body['errors']]).toEqual([
      422,
      [{ pointer: `/${SHOWN}`, message: 'is not a known field' }],
    ]);
  });
});

describe('what a person reads who may change it', () => {
  test.each([
    ['/v1/context-documents', 'content'],
    ['/v1/detection-rules', 'documentation'],
    ['/v1/workflows', 'documentation'],
    ['/v1/indicator-mappings', 'path'],
    ['/v1/threat-lists', 'description'],
    ['/v1/agents', 'documentation'],
  ])('of %s is what was written, and can be sent back', async (path, field) => {
    const item = `${path}/${ids[path] ?? ''}`;
    const read = JSON.parse(await text(item, ADMIN_KEY)) as { data: Record<string, unknown> };
    expect(read.data[field]).toBe(HIDDEN);
    const written = await api.call('PATCH', item, { body: { [field]: read.data[field] } });
    expect(written.body.data).toMatchObject({ [field]: HIDDEN });
    const listed = JSON.parse(await text(path, ADMIN_KEY)) as { data: Record<string, unknown>[] };
    expect(listed.data.map((one) => one[field])).toContain(HIDDEN);
  });

  test('of an alert is as visible as to an agent', async () => {
    const uuid = ids['/v1/alerts'] ?? '';
    const { body } = await api.call('GET', `/v1/alerts/${uuid}`);
    expect(body.data).toMatchObject({ title: SHOWN, raw_payload: { [SHOWN]: [SHOWN] } });
  });
});

describe('GET /v1/alerts/{uuid}/raw', () => {
  const raw = async (uuid: string) =>
    await fetch(`${api.url}/v1/alerts/${uuid}/raw`, {
      headers: { authorization: `Bearer ${agentKey}` },
    });

  test('is what came, hidden characters and digits included, and nothing that a browser shows', async () => {
    const uuid = await insertAlert(api.database);
    const sent = `{"n": 12345678901234567890, "b":1.50, "${HIDDEN}":"\\u202e"}`;
    await api.database.query('UPDATE alerts SET raw_payload = $2::json WHERE id = $1', [
      uuid,
      sent,
    ]);
    const response = await raw(uuid);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="alert-${uuid}.raw"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^sandbox;/),
    });
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(sent);
  });

  test('is the same for a later message of the alert, under the link of the occurrence', async () => {
    const [uuid, other] = [await insertAlert(api.database), await insertAlert(api.database)];
    const sent = Buffer.from('{"n": 1.50, "name": "M\xfcller"}', 'latin1');
    await api.database.prisma.alertOccurrence.create({
      data: {
        id: newUuid(),
        alertId: uuid,
        receivedAt: new Date(),
        rawPayload: { n: 1.5, name: 'Müller' },
        originalBody: new Uint8Array(sent),
        originalContentType: 'application/json; charset=iso-8859-1',
      },
    });
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/occurrences`, { key: agentKey });
    const { links } = (body as { data: { links: { raw: string } }[] }).data[0] ?? {};
    const get = async (path: string) =>
      await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${agentKey}` } });
    const response = await get(links?.raw ?? '');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-original-content-type': 'application/json; charset=iso-8859-1',
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(sent);
    expect((await get((links?.raw ?? '').replace(uuid, other))).status).toBe(404);
  });

  test('is 404 for an unknown alert, and needs a key that may read alerts', async () => {
    expect((await raw(newUuid())).status).toBe(404);
    const path = `/v1/alerts/${ids['/v1/alerts'] ?? ''}/raw`;
    const { key } = await made('/v1/api-keys', { name: 'w', scopes: ['workflows:read'] });
    expect((await api.call('GET', path, { key })).status).toBe(403);
  });
});

import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { expectShape } from './support/expect-shape.js';
import {
  SEED_AGENT,
  SEED_ALERT,
  SEED_FINDING,
  SEED_PUSH,
  SEED_SHORT_ALERT,
  SEED_STATUS,
} from './support/seed.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

type SeedAgent = { auth_header: string; webhook_url: string };
type Indicator = { type: string; value: string; is_malformed: boolean };

describe.each(['in-process', 'rabbitmq'] as const)('the documented calls, %s', (transport) => {
  let pipeline: Pipeline;
  let sink: AgentSink;

  beforeAll(async () => {
    pipeline = await startPipeline({ transport });
    sink = await startAgentSink(pipeline.api);
  });
  afterAll(async () => {
    await sink[Symbol.asyncDispose]();
    await pipeline[Symbol.asyncDispose]();
  });

  const ingest = async (body: string): Promise<string> => {
    const answer = await pipeline.api.call('POST', '/v1/ingest/generic', { body });
    expect(answer.status).toBe(202);
    const { alert_uuid: uuid, ...data } = answer.body.data as { alert_uuid: string };
    expect(data).toEqual({ status: 'queued', is_duplicate: false, duplicate_count: 0 });
    return uuid;
  };
  const alertOf = async (uuid: string) =>
    await pipeline.api.ask<Record<string, unknown>>('GET', `/v1/alerts/${uuid}`);
  const whenDispatched = async (uuid: string) => {
    await eventually(async () => {
      expect(await alertOf(uuid)).toMatchObject({ pipeline_stage: 'dispatched' });
    });
  };

  test('take the short alert, readable at once and through the pipeline in seconds', async () => {
    const uuid = await ingest(SEED_SHORT_ALERT);
    expect(await alertOf(uuid)).toMatchObject({
      uuid,
      title: 'Test Alert',
      severity: 'Low',
      status: 'Open',
      source_name: 'generic',
      raw_payload: { title: 'Test Alert', severity: 'Low' },
    });
    await whenDispatched(uuid);
  });

  test('register the documented agent', async () => {
    const documented = await pipeline.api.call('POST', '/v1/agents', { body: SEED_AGENT });
    expect(documented.status).toBe(201);
    const { auth_header: secret, ...documentedFields } = JSON.parse(SEED_AGENT) as SeedAgent;
    expect(documented.body.data).toMatchObject({
      ...documentedFields,
      has_auth_header: true,
      signing_secret: expect.stringMatching(/^whsec_/),
    });
    expect(JSON.stringify(documented.body)).not.toContain(secret);
    const { uuid } = documented.body.data as { uuid: string };
    await pipeline.api.ask('DELETE', `/v1/agents/${uuid}`);
  });

  test('push the documented payload, signed, with every key of its documented type', async () => {
    const agent = await sink.register({ authHeader: 'Bearer your-agent-secret' });
    await makeKnowledge(pipeline);
    await configEffective();

    const uuid = await ingest(SEED_ALERT);
    const { payload, request } = await eventually(() => {
      expect(agent.pushes()).toHaveLength(1);
      return agent.pushes()[0]!;
    });

    expect(request.headers.authorization).toBe('Bearer your-agent-secret');
    expectShape(payload, SEED_PUSH);
    expect(payload.alert).toMatchObject({
      uuid,
      title: 'Suspicious Process Execution',
      severity: 'High',
      source_name: 'generic',
      status: 'Open',
      occurred_at: '2025-01-15T10:28:00Z',
      tags: ['endpoint', 'execution'],
      raw_payload: JSON.parse(SEED_ALERT) as unknown,
      _metadata: {
        alert_source: 'generic',
        indicator_count: payload.indicators.length,
        detection_rule_matched: true,
        context_documents_applied: 2,
      },
    });
    expect(payload.alert._metadata.enrichment.succeeded).toContain('ip_intel');
    expect(payload.indicators.map(({ type, value }) => [type, value])).toEqual(
      expect.arrayContaining([
        ['ip', '10.0.0.42'],
        ['hash_sha256', 'a1b2c3d4e5f6...'],
        ['account', 'jsmith@company.com'],
      ]),
    );
    // What the providers said of it stands once.
    expect(payload.indicators[0]).toMatchObject({ classification: 'private' });
    expect(payload.detection_rule).toEqual(RULE_IN_PUSH);
    expect(payload.context_documents).toEqual([
      { title: 'Endpoint IR Runbook', doc_type: 'runbook', content: '## Scope\nAll endpoints.' },
      { title: 'Escalation', doc_type: 'sop', content: '## Who\nThe lead.' },
    ]);
    expect(payload.workflows).toEqual([
      {
        uuid: expect.any(String),
        name: 'Revoke User Session',
        documentation: 'Revokes all active sessions...',
        approval_mode: 'always',
        risk_level: 'high',
      },
    ]);
  });

  test('make the account, the address and the truncated hash indicators of their alert', async () => {
    const uuid = await ingest(SEED_ALERT.replace('RULE-001', 'RULE-002'));
    await whenDispatched(uuid);
    const indicators = await pipeline.api.ask<Indicator[]>('GET', `/v1/alerts/${uuid}/indicators`);
    expect(
      indicators.slice(0, 3).map(({ type, value, is_malformed }) => [type, value, is_malformed]),
    ).toEqual([
      ['ip', '10.0.0.42', false],
      ['hash_sha256', 'a1b2c3d4e5f6...', true],
      ['account', 'jsmith@company.com', false],
    ]);
  });

  test('take the finding back and move the status, both seen on the alert', async () => {
    const uuid = await ingest('{ "title": "Worked on by an agent" }');
    const posted = await pipeline.api.call('POST', `/v1/alerts/${uuid}/findings`, {
      body: SEED_FINDING,
    });
    expect(posted.status).toBe(201);
    const findings = await pipeline.api.ask<unknown[]>('GET', `/v1/alerts/${uuid}/findings`);
    expect(findings).toEqual([expect.objectContaining(JSON.parse(SEED_FINDING) as object)]);

    const patched = await pipeline.api.call('PATCH', `/v1/alerts/${uuid}`, { body: SEED_STATUS });
    expect(patched.status).toBe(200);
    expect(await alertOf(uuid)).toMatchObject({ status: 'Triaging' });

    const closed = await pipeline.api.call('PATCH', `/v1/alerts/${uuid}`, {
      body: '{"status": "Closed"}',
    });
    expect(closed.status).toBe(200);
    const reopened = await pipeline.api.call('PATCH', `/v1/alerts/${uuid}`, {
      body: '{"status": "Open"}',
    });
    expect(reopened.status).toBe(409);
  });
});

const RULE_IN_PUSH = {
  name: 'Office starts a shell',
  mitre_tactics: ['TA0002'],
  mitre_techniques: ['T1059.003'],
  documentation: '## Overview\nDetects shells of Office programs.',
};

/** A rule, two documents and a workflow that match the documented alert. */
async function makeKnowledge({ api }: Pipeline): Promise<void> {
  await api.ask('POST', '/v1/detection-rules', {
    ...RULE_IN_PUSH,
    source_name: 'generic',
    source_rule_id: 'RULE-001',
  });
  await api.ask('POST', '/v1/context-documents', {
    title: 'Endpoint IR Runbook',
    doc_type: 'runbook',
    content: '## Scope\nAll endpoints.',
    targeting_rules: { any: [{ field: 'tags', op: 'contains', value: 'endpoint' }] },
  });
  await api.ask('POST', '/v1/context-documents', {
    title: 'Escalation',
    doc_type: 'sop',
    content: '## Who\nThe lead.',
    is_global: true,
  });
  await api.ask('POST', '/v1/context-documents', {
    title: 'Not for this alert',
    doc_type: 'other',
    content: 'Cloud only.',
    targeting_rules: { any: [{ field: 'tags', op: 'contains', value: 'cloud' }] },
  });
  await api.ask('POST', '/v1/workflows', {
    name: 'Revoke User Session',
    documentation: 'Revokes all active sessions...',
    approval_mode: 'always',
    risk_level: 'high',
    indicator_types: ['account'],
  });
}

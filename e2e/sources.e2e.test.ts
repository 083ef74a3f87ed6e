import { createHmac } from 'node:crypto';
import { eventually, startWebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { ADMIN_KEY } from './support/call-api.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

type Source = {
  accepted_count: number;
  rejected_count: number;
  last_rejected?: { reason: string };
};
type Alert = { uuid: string; title: string; severity: string; pipeline_stage: string };

let pipeline: Pipeline;
let sink: AgentSink;

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'rabbitmq', replicas: { 'ingest-api': 2 } });
  sink = await startAgentSink(pipeline.api);
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

const payload = {
  events: [{ id: 'd-1', what: 'Door forced', prio: 'P1', panel: { addr: '8.8.4.4' } }],
};
const wrongMapping = { fields: { title: 'headline' } };
const rightMapping = {
  items: 'events',
  fields: { title: 'what', severity: 'prio', native_alert_id: 'id', dst_ip: 'panel.addr' },
  severity_map: { p1: 'Critical' },
};

describe('a source that somebody defines over the API', () => {
  test('is tried, corrected, its quarantined alert read again, and pushed', async () => {
    const { api } = pipeline;
    const agent = await sink.register();
    await using watcher = await startWebhookSink();
    await api.ask('POST', '/v1/agents', {
      name: 'Watcher',
      webhook_url: `${watcher.url}/events`,
      events: ['agent.disabled'],
      receive_quarantined: true,
    });
    await api.ask('POST', '/v1/sources', { name: 'doors', field_mapping: wrongMapping });
    await configEffective();

    const { alert_uuid: uuid, status } = await api.ask<{ alert_uuid: string; status: string }>(
      'POST',
      '/v1/ingest/doors',
      payload,
    );
    expect(status).toBe('quarantined');
    await eventually(() => expect(watcher.requests).toHaveLength(1));
    expect(JSON.parse(watcher.requests[0]!.body)).toMatchObject({
      event: 'alert.quarantined',
      data: {
        alert_uuid: uuid,
        source_name: 'doors',
        code: 'payload.unreadable',
        url: expect.stringContaining(`/v1/alerts/${uuid}`),
      },
    });
    const quarantined = await api.ask<Alert[]>('GET', '/v1/alerts?pipeline_stage=quarantined');
    expect(quarantined).toMatchObject([{ uuid }]);
    expect((await api.call('POST', `/v1/alerts/${uuid}/reparse`)).status).toBe(409);

    const tried = { field_mapping: rightMapping, payload };
    expect(await api.ask('POST', '/v1/sources/test', tried)).toMatchObject({
      alerts: [{ outcome: 'readable', title: 'Door forced', severity: 'Critical' }],
    });
    await api.ask('PATCH', '/v1/sources/doors', { field_mapping: rightMapping });
    await configEffective();
    const found = { source_name: 'doors', payload, mappings: [] };
    expect(await api.ask('POST', '/v1/indicator-mappings/test', found)).toMatchObject({
      alerts: [{ passes: { system: [{ type: 'ip', value: '8.8.4.4', role: 'destination' }] } }],
    });

    const reparsed = await api.ask<Alert>('POST', `/v1/alerts/${uuid}/reparse`);
    expect(reparsed).toMatchObject({ uuid, title: 'Door forced', severity: 'Critical' });
    await eventually(async () => {
      const alert = await api.ask<Alert>('GET', `/v1/alerts/${uuid}`);
      expect(alert.pipeline_stage).toBe('dispatched');
      expect(agent.pushes().map((push) => push.payload.alert.uuid)).toEqual([uuid]);
    });
    const repeat = await api.ask<object>('POST', '/v1/ingest/doors', payload);
    expect(repeat).toMatchObject({ alert_uuid: uuid, status: 'deduplicated' });

    const broken = await fetch(`${pipeline.url}/v1/ingest/generic`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: '{"title": "Broken", "token": "s3cret" "a" 1}',
    });
    expect(broken.status).toBe(400);
    const { alert_uuid: kept } = (await broken.json()) as { alert_uuid: string };
    await eventually(() => expect(watcher.requests).toHaveLength(2));
    const { body } = watcher.requests[1]!;
    expect(JSON.parse(body)).toMatchObject({ data: { alert_uuid: kept, code: 'body.malformed' } });
    expect(body).not.toContain('s3cret');
  });
});

describe('access of a source', () => {
  test('by URL token: takes alerts in, and ends within two seconds; no log line holds it', async () => {
    const { api, logs } = pipeline;
    type Token = { id: string; token: string; url_path: string };
    const { id, token, url_path } = await api.ask<Token>('POST', '/v1/sources/splunk/url-tokens');
    const post = async () =>
      (
        await api.call('POST', url_path, {
          body: { search_name: 'By token', result: {} },
          key: '-',
        })
      ).status;
    expect(await post()).toBe(202);
    await api.call('DELETE', `/v1/sources/splunk/url-tokens/${id}`);
    await eventually(async () => expect(await post()).toBe(401), { timeoutMs: 2_000 });
    expect(logs.lines().some(({ route }) => String(route).includes('{url_token}'))).toBe(true);
    expect(JSON.stringify(logs.lines())).not.toContain(token);
    expect(JSON.stringify(logs.lines())).not.toContain(token.slice(-43));
  });

  test('by signature: what is refused is counted, and the last reason told', async () => {
    const { api } = pipeline;
    type Made = { secret: string };
    const { secret } = await api.ask<Made>('POST', '/v1/sources/okta/hmac-secrets');
    await configEffective();
    const body = '{"eventType":"user.session.start","displayMessage":"Signed"}';
    const at = Math.floor(Date.now() / 1_000);
    const v1 = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    const headers = { 'x-calseta-signature': `t=${at},v1=${v1}` };
    expect((await api.call('POST', '/v1/ingest/okta', { body })).status).toBe(401);
    expect((await api.call('POST', '/v1/ingest/okta', { body, headers })).status).toBe(202);
    await eventually(async () => {
      const source = await api.ask<Source>('GET', '/v1/sources/okta');
      expect(source).toMatchObject({ accepted_count: 1, rejected_count: 1 });
      expect(source.last_rejected?.reason).toContain('auth.signature_invalid');
    });
  });
});

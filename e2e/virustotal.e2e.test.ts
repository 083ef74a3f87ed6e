import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Push, startAgentSink } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

const KEY = 'the-key-of-virustotal-0123456789';
const ADDRESS = '185.220.101.47';
/** As https://docs.virustotal.com/reference/ip-object describes it. */
const ANSWER = {
  data: {
    id: ADDRESS,
    type: 'ip_address',
    attributes: {
      last_analysis_stats: { malicious: 14, suspicious: 1, harmless: 60, undetected: 15 },
      last_analysis_results: { 'Engine A': { category: 'malicious', engine_name: 'Engine A' } },
      country: 'DE',
    },
  },
};
const ALERT = {
  title: 'Impossible Travel Detected',
  severity: 'High',
  occurred_at: '2025-01-15T10:28:00Z',
  tags: ['identity', 'auth'],
  indicators: [{ type: 'ip', value: ADDRESS }],
};

let vendor: WebhookSink;
const started: AsyncDisposable[] = [];

beforeAll(async () => {
  vendor = await startWebhookSink();
  vendor.respondWith({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ANSWER),
  });
});
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
afterAll(async () => await vendor[Symbol.asyncDispose]());

/** What an agent of a fresh installation is pushed. */
async function pushOf(env: NodeJS.ProcessEnv): Promise<{ push: Push; pipeline: Pipeline }> {
  const pipeline = await startPipeline({ transport: 'in-process', env });
  started.push(pipeline);
  const sink = await startAgentSink(pipeline.api);
  started.push(sink);
  const agent = await sink.register();
  await pipeline.api.ask('POST', '/v1/ingest/generic', ALERT);
  const push = await eventually(() => {
    expect(agent.pushes()).toHaveLength(1);
    return agent.pushes()[0]!;
  });
  return { push, pipeline };
}

test('a key in the environment puts VirusTotal and its counts into the push', async () => {
  const before = vendor.requests.length;
  const { push, pipeline } = await pushOf({
    VIRUSTOTAL_API_KEY: KEY,
    VIRUSTOTAL_BASE_URL: vendor.url,
  });
  const { alert, indicators } = push.payload;
  expect(alert._metadata.enrichment.succeeded).toContain('virustotal');
  expect(indicators[0]).toMatchObject({
    type: 'ip',
    value: ADDRESS,
    malice: 'Malicious',
    enrichment_results: {
      virustotal: { extracted: { malicious_count: 14, suspicious_count: 1, engine_total: 90 } },
    },
  });
  const [request, ...others] = vendor.requests.slice(before);
  expect(others).toEqual([]);
  expect(request).toMatchObject({ method: 'GET', path: `/api/v3/ip_addresses/${ADDRESS}` });
  expect(request?.headers['x-apikey']).toBe(KEY);
  expect(push.request.body + JSON.stringify(pipeline.logs)).not.toContain(KEY);
});

test('without a key VirusTotal is asked nothing and named nowhere', async () => {
  const before = vendor.requests.length;
  const { push, pipeline } = await pushOf({ VIRUSTOTAL_BASE_URL: vendor.url });
  expect(push.request.body).not.toContain('virustotal');
  const alert = await pipeline.api.call('GET', `/v1/alerts/${push.payload.alert.uuid}`);
  expect(JSON.stringify(alert.body)).not.toContain('virustotal');
  expect(vendor.requests).toHaveLength(before);
});

import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { SEED_ALERT } from './support/seed.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

type Result = {
  alert_uuid: string;
  status: string;
  is_duplicate: boolean;
  duplicate_count: number;
};
type Alert = { duplicate_count: number; previous_alert_uuid?: string; pipeline_stage: string };

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

const ingest = async (body: string): Promise<Result> => {
  const answer = await pipeline.api.call('POST', '/v1/ingest/generic', { body });
  expect(answer.status).toBe(202);
  return answer.body.data;
};

describe('deduplication over two instances of ingest-api', () => {
  test('makes one alert of 100 equal posts at once and pushes it once', async () => {
    const agent = await sink.register();
    await configEffective();
    const results = await Promise.all(
      Array.from({ length: 100 }, async () => await ingest(SEED_ALERT)),
    );

    const uuids = new Set(results.map(({ alert_uuid }) => alert_uuid));
    expect(uuids.size).toBe(1);
    expect(results.filter(({ status }) => status === 'queued')).toHaveLength(1);
    expect(results.filter(({ is_duplicate }) => is_duplicate)).toHaveLength(99);
    expect(results.map(({ duplicate_count }) => duplicate_count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    const [uuid] = uuids;
    await eventually(async () => {
      const alert = await pipeline.api.ask<Alert>('GET', `/v1/alerts/${uuid!}`);
      expect(alert).toMatchObject({ duplicate_count: 99, pipeline_stage: 'dispatched' });
      expect(agent.pushes()).toHaveLength(1);
    });
    expect(await pipeline.api.ask('GET', '/v1/alerts')).toHaveLength(1);
  });

  test('makes a new alert, linked to the old one, once that is closed', async () => {
    const body = '{ "title": "Comes back after it was closed", "severity": "Low" }';
    const first = await ingest(body);
    await pipeline.api.ask('PATCH', `/v1/alerts/${first.alert_uuid}`, { status: 'Triaging' });
    expect(await ingest(body)).toMatchObject({ ...first, ...REPEAT });
    await pipeline.api.ask('PATCH', `/v1/alerts/${first.alert_uuid}`, { status: 'Closed' });

    const again = await ingest(body);
    expect(again).toMatchObject({ status: 'queued', is_duplicate: false, duplicate_count: 0 });
    expect(again.alert_uuid).not.toBe(first.alert_uuid);
    const alert = await pipeline.api.ask<Alert>('GET', `/v1/alerts/${again.alert_uuid}`);
    expect(alert.previous_alert_uuid).toBe(first.alert_uuid);
    expect(await ingest(body)).toMatchObject({ alert_uuid: again.alert_uuid, ...REPEAT });
  });
});

const REPEAT = { status: 'deduplicated', is_duplicate: true, duplicate_count: 1 };

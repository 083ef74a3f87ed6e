import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

const ADDED = '45.155.205.77';

let pipeline: Pipeline;
let sink: AgentSink;
beforeAll(async () => {
  pipeline = await startPipeline({
    transport: 'in-process',
    env: { UPDATE_GATHERING_MS: '200' },
  });
  sink = await startAgentSink(pipeline.api);
  await pipeline.api.ask('POST', '/v1/threat-lists', {
    name: 'ours',
    verdict: 'deny',
    content: [ADDED],
  });
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

type Indicator = {
  value: string;
  malice: string;
  provenance: object[];
  enrichment_results: object;
};

test('an indicator that a person adds is enriched, pushed as an update, and kept by a replay', async () => {
  const agent = await sink.register();
  await configEffective();
  const { alert_uuid: uuid } = await pipeline.api.ask<{ alert_uuid: string }>(
    'POST',
    '/v1/ingest/generic',
    { title: 'Beacon', severity: 'Low', src_ip: '45.155.205.76' },
  );
  await eventually(() => expect(agent.pushes()).toHaveLength(1));

  const path = `/v1/alerts/${uuid}`;
  const items = [{ type: 'ip', value: '45.155.205[.]77' }];
  await pipeline.api.ask('POST', `${path}/indicators`, { items, reason: 'From the proxy.' });
  await eventually(() => expect(agent.pushes()).toHaveLength(2), { timeoutMs: 20_000 });
  const { payload } = agent.pushes()[1]!;
  expect(payload.alert._metadata.update).toEqual({
    previous_revision: 1,
    changes: [{ field: 'indicators', from: [], to: [{ type: 'ip', value: ADDED }] }],
  });
  expect(payload.alert.malice).toBe('Malicious');
  expect(payload.indicators.find(({ value }) => value === ADDED)).toMatchObject({
    malice: 'Malicious',
    provenance: [{ pointer: '/alert/links/self', added_by: expect.any(String) }],
  });

  await pipeline.api.ask('POST', `${path}/replay`, { from: 'extract' });
  await eventually(() => expect(agent.pushes()).toHaveLength(3), { timeoutMs: 20_000 });
  const indicators = await pipeline.api.ask<Indicator[]>('GET', `${path}/indicators`);
  expect(indicators.map(({ value }) => value).sort()).toEqual(['45.155.205.76', ADDED]);
  expect(indicators.find(({ value }) => value === ADDED)).toMatchObject({
    provenance: [{ pass: 'added', stated_as: '45.155.205[.]77' }],
  });
  const activity = await pipeline.api.ask<{ kind: string; detail: object }[]>(
    'GET',
    `${path}/activity?page_size=500`,
  );
  const kinds = activity.map(({ kind }) => kind);
  expect(kinds.slice(kinds.indexOf('indicators_added'))).toEqual(
    expect.arrayContaining(['revised', 'enriched', 'dispatched', 'replayed', 'extracted']),
  );
  expect(activity.find(({ kind }) => kind === 'revised')).toMatchObject({
    detail: { from: 'enrich', previous_revision: 1, revision: 2 },
  });
});

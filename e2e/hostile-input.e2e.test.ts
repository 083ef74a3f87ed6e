import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AgentSink,
  configEffective,
  type SinkAgent,
  startAgentSink,
} from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

let pipeline: Pipeline;
let sink: AgentSink;
let agent: SinkAgent;

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'in-process' });
  sink = await startAgentSink(pipeline.api);
  agent = await sink.register();
  await configEffective();
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

/** Posts an alert unchanged and returns the text that reaches the agent. */
async function pushOf(alert: string): Promise<string> {
  const { status, body } = await pipeline.api.call('POST', '/v1/ingest/generic', { body: alert });
  expect([status, body]).toEqual([202, body]);
  const { alert_uuid: uuid } = body.data as { alert_uuid: string };
  return await eventually(() => {
    const push = agent.pushes().find(({ payload }) => payload.alert.uuid === uuid);
    expect(push).toBeDefined();
    return push!.request.body;
  });
}

/** Keys that every object inherits; JSON.parse makes own keys of them. */
const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
const polluting = JSON.stringify({ isPolluted: true, title: 'p', is_active: false });

/** Every service runs in this process, so a change to all objects by any of them is visible here. */
const expectUnpolluted = () => {
  const plain: Record<string, unknown> = {};
  expect(plain['isPolluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { constructor: unknown }).constructor).toBe(Object);
};

describe.each(PROTOTYPE_KEYS)('the key %s', (key) => {
  test('goes from the sender to the agent like any other, and changes no object', async () => {
    const nested = `{"${key}":${polluting},"a":[{"${key}":{"${key}":${polluting}}}],"src_ip":"198.51.100.9"}`;
    const push = await pushOf(
      `{"title":"${key}","${key}":${polluting},"tags":["${key}"],"raw":${nested},"json":${JSON.stringify(nested)}}`,
    );
    expect(push).toContain(`"raw":${nested}`);
    expect(push).toContain('"value":"198.51.100.9"');
    expectUnpolluted();
  });

  test('is no field of a resource', async () => {
    const path = `/v1/agents/${agent.uuid}`;
    const { status } = await pipeline.api.call('PATCH', path, { body: `{"${key}":${polluting}}` });
    expect([200, 422]).toContain(status);
    expect(await pipeline.api.ask('GET', path)).toMatchObject({
      name: agent.name,
      is_active: true,
    });
    expectUnpolluted();
  });

  test('may stand in mappings, and is no field that a rule asks for', async () => {
    const { api } = pipeline;
    const path = `${key}.isPolluted`;
    const mapping = `{"fields":{"title":"${path}","severity":"${key}"},"severity_map":{"${key}":"Critical"}}`;
    const payload = `{"${key}":${polluting}}`;
    const tries: [string, number, string][] = [
      ['/v1/sources/test', 200, `{"field_mapping":${mapping},"payload":${payload}}`],
      [
        '/v1/indicator-mappings/test',
        200,
        `{"source_name":"generic","payload":${payload},"mappings":[{"path":"${path}","indicator_type":"domain"}]}`,
      ],
      [
        '/v1/context-documents',
        422,
        `{"title":"${key}","doc_type":"other","content":"x","targeting_rules":{"all":[{"field":"${key}","op":"eq","value":"${key}"}]}}`,
      ],
    ];
    for (const [route, expected, body] of tries) {
      const { status } = await api.call('POST', route, { body });
      expect([route, status]).toEqual([route, expected]);
    }
    await pushOf(`{"title":"after ${key}","x":${payload}}`);
    expectUnpolluted();
  });
});

describe('text that PostgreSQL refuses', () => {
  test('reaches the agent repaired, wherever it stood', async () => {
    const bad = String.raw`a\u0000b\ud800c\udfffd`;
    const push = await pushOf(
      `{"title":"${bad}","description":"${bad}","tags":["${bad}"],"source_rule_id":"${bad}","${bad}":{"user":"${bad}"}}`,
    );
    expect(push).toContain('a\ufffdb\ufffdc\ufffdd');
    expect(push).not.toMatch(/\\u0000|\\ud800|\\udfff/i);
    expect(push).not.toMatch(/\p{Surrogate}/u);
  });

  test.each(['\\u0000', '\\ud800'])('%s is refused by the API, in values and keys', async (bad) => {
    for (const body of [
      `{"title":"x","content":"${bad}","doc_type":"other","is_global":true}`,
      `{"title":"x","content":"y","doc_type":"other","is_global":true,"${bad}":1}`,
    ]) {
      const { status } = await pipeline.api.call('POST', '/v1/context-documents', { body });
      expect(status).toBe(422);
    }
  });
});

describe('the largest alert of each kind that is taken', () => {
  const nested = `${'{"a":'.repeat(62)}"198.51.100.62"${'}'.repeat(62)}`;
  const keys = Array.from({ length: 9_000 }, (_, index) => `"key_${index}":${index}`).join();

  test.each([
    ['64 levels deep', `{"title":"deep","b":${nested}}`],
    ['of thousands of keys', `{"title":"wide","c":{${keys}}}`],
    ['of a mebibyte of text', `{"title":"long","d":"${'198.51.100.1 a.example '.repeat(45_000)}"}`],
    ['of a title that long', `{"title":"${'t'.repeat(1_000_000)}"}`],
  ])('%s goes all the way', async (_what, alert) => {
    expect(await pushOf(alert)).toContain('"event":"alert.enriched"');
  });
});

test('nothing of it was logged as a defect', () => {
  const errors = pipeline.logs.lines().filter(({ level }) => level === 'error');
  expect(errors).toEqual([]);
});

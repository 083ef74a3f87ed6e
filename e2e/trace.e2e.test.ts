import { newTraceparent, parseTraceparent } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { type SpanSink, startSpanSink } from './support/span-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

let pipeline: Pipeline;
let sink: AgentSink;
let collector: SpanSink;

beforeAll(async () => {
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '100';
  collector = await startSpanSink();
  pipeline = await startPipeline({ transport: 'rabbitmq', otlpEndpoint: collector.url });
  sink = await startAgentSink(pipeline.api);
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
  delete process.env['OTEL_BSP_SCHEDULE_DELAY'];
});

describe('a trace that begins at the sender', () => {
  test('goes through every service, over the broker and into the push', async () => {
    const agent = await sink.register();
    await configEffective();
    const traceparent = newTraceparent();
    const traceId = parseTraceparent(traceparent)!.traceId;

    const response = await pipeline.api.call('POST', '/v1/ingest/generic', {
      body: { title: 'Traced', severity: 'High' },
      headers: { traceparent },
    });
    const { alert_uuid: alertId } = response.body.data as { alert_uuid: string };
    const push = await eventually(() => {
      expect(agent.pushes()).toHaveLength(1);
      return agent.pushes()[0]!;
    });

    const pushed = parseTraceparent(push.request.headers['traceparent'] as string);
    expect(pushed?.traceId).toBe(traceId);
    expect(push.request.headers['traceparent']).not.toBe(traceparent);

    const traced = await eventually(() => {
      const lines = pipeline.logs.lines().filter(({ trace_id }) => trace_id === traceId);
      expect(new Set(lines.map(({ service, event }) => `${service} ${event}`))).toEqual(
        new Set([
          'ingest-api http.request',
          'extractor message.handled',
          'enricher message.handled',
          'dispatcher message.handled',
          'dispatcher delivery.attempted',
        ]),
      );
      return lines;
    });
    for (const line of traced) {
      expect([line.service, line.event, line.alert_id]).toEqual([
        line.service,
        line.event,
        alertId,
      ]);
    }
    expect(traced.filter(({ event }) => event === 'message.handled')).toHaveLength(3);

    const { parentId } = parseTraceparent(traceparent)!;
    const spans = await eventually(() => {
      const own = collector.spans().filter((span) => span.traceId === traceId);
      expect(own).toHaveLength(5);
      return own;
    });
    const named = (name: string) => spans.find((span) => span.name.startsWith(name))!;
    const request = named('POST /v1/ingest/');
    const hops = ['extractor', 'enricher', 'dispatcher'].map((name) => named(`process ${name}.`));
    const answer = named('POST agent');
    // Each piece of work is caused by the one before.
    const chain = [request, ...hops];
    expect(chain.map(({ service }) => service)).toEqual([
      'ingest-api',
      'extractor',
      'enricher',
      'dispatcher',
    ]);
    expect(chain.map(({ parentSpanId }) => parentSpanId)).toEqual([
      parentId,
      ...chain.slice(0, -1).map(({ spanId }) => spanId),
    ]);
    expect([answer.service, answer.parentSpanId]).toEqual(['dispatcher', hops[2]!.spanId]);
    expect(answer.spanId).toBe(pushed?.parentId);
    expect(answer.attributes).toMatchObject({ 'calseta.outcome': 'delivered' });
    expect(collector.paths()).toEqual(['POST /v1/traces application/json']);
  });

  test('is not exported when its sender does not want it', async () => {
    const unwanted = newTraceparent().replace(/01$/, '00');
    const { traceId } = parseTraceparent(unwanted)!;
    await pipeline.api.call('POST', '/v1/ingest/generic', {
      body: { title: 'Not sampled' },
      headers: { traceparent: unwanted },
    });
    await pipeline.api.call('POST', '/v1/ingest/generic', { body: { title: 'Sampled later' } });
    await eventually(() => {
      expect(
        collector.spans().filter(({ traceId: one }) => one !== traceId).length,
      ).toBeGreaterThan(8);
    });
    expect(collector.spans().filter(({ traceId: one }) => one === traceId)).toEqual([]);
  });

  test('is begun for a sender without one, and found in its answer’s request id', async () => {
    const answer = await pipeline.api.call('POST', '/v1/ingest/generic', {
      body: { title: 'Not traced by its sender' },
    });
    const { alert_uuid: alertId } = answer.body.data as { alert_uuid: string };
    const requestId = answer.headers.get('x-request-id');
    const traceIds = await eventually(() => {
      const lines = pipeline.logs.lines().filter(({ alert_id }) => alert_id === alertId);
      expect(lines.filter(({ event }) => event === 'message.handled')).toHaveLength(3);
      expect(lines.some((line) => line['request_id'] === requestId)).toBe(true);
      return new Set(lines.map(({ trace_id }) => trace_id));
    });
    expect(traceIds.size).toBe(1);
    expect([...traceIds][0]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('every log line', () => {
  test('is one JSON object that says when, what, how bad and who', async () => {
    const lines = pipeline.logs.lines();
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(line).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        event: expect.any(String),
        service: expect.any(String),
      });
    }
  });
});

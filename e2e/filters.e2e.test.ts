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
let agents: Record<'all' | 'severe' | 'sentinel' | 'tagged' | 'picky', SinkAgent>;

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'rabbitmq' });
  sink = await startAgentSink(pipeline.api);
  agents = {
    all: await sink.register(),
    severe: await sink.register({ triggerFilter: { min_severity: 'High' } }),
    sentinel: await sink.register({ triggerFilter: { source_names: ['sentinel', 'elastic'] } }),
    tagged: await sink.register({ triggerFilter: { tags: ['identity', 'auth'] } }),
    picky: await sink.register({
      triggerFilter: { min_severity: 'High', source_names: ['sentinel'], tags: ['identity'] },
    }),
  };
  await configEffective();
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

const generic = (severity: string, tags: string[]) =>
  ['generic', { title: `Alert ${severity} ${tags.join()}`, severity, tags }] as const;
const sentinel = (severity: string, labels: string[]) =>
  [
    'sentinel',
    {
      name: `incident-${severity}-${labels.join()}`,
      properties: {
        title: `Incident ${severity} ${labels.join()}`,
        severity,
        labels: labels.map((labelName) => ({ labelName, labelType: 'User' })),
      },
    },
  ] as const;

describe('trigger filters', () => {
  test.each([
    ['an alert below the minimum severity', generic('Medium', []), ['all']],
    ['an alert at the minimum severity', generic('High', []), ['all', 'severe']],
    ['an alert above the minimum severity', generic('Critical', []), ['all', 'severe']],
    ['an alert without a known severity', generic('', []), ['all']],
    ['an alert with one of the tags', generic('Low', ['auth', 'vpn']), ['all', 'tagged']],
    ['an alert with other tags', generic('Low', ['vpn']), ['all']],
    ['an alert of a listed source', sentinel('Low', []), ['all', 'sentinel']],
    [
      'an alert that every clause accepts',
      sentinel('High', ['identity']),
      ['all', 'picky', 'sentinel', 'severe', 'tagged'],
    ],
  ])('%s goes to those who asked for it', async (_, [source, body], expected) => {
    const { alert_uuid: uuid } = await pipeline.api.ask<{ alert_uuid: string }>(
      'POST',
      `/v1/ingest/${source}`,
      body,
    );
    const gotBy = () =>
      Object.entries(agents)
        .filter(([, agent]) => agent.pushes().some(({ payload }) => payload.alert.uuid === uuid))
        .map(([name]) => name)
        .sort();
    await eventually(() => expect(gotBy()).toEqual(expected));

    // All deliveries are created at once, so they show every agent that could still receive the alert.
    const deliveries = await pipeline.api.ask<unknown[]>('GET', `/v1/alerts/${uuid}/deliveries`);
    expect(deliveries).toHaveLength(expected.length);
  });
});

import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import { parse } from 'yaml';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { readText } from './support/compose-file.js';
import { type Cluster, startCluster } from './support/start-cluster.js';
import { findPrometheus, type Prometheus, startPrometheus } from './support/start-prometheus.js';

const program = await findPrometheus();

type Panel = { title: string; targets?: { expr: string }[] };
const { panels } = JSON.parse(readText('deploy/observability/dashboard.json')) as {
  panels: Panel[];
};
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);
const { groups } = parse(readText('deploy/observability/prometheus-rules.yaml')) as {
  groups: { rules: { alert: string }[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

/** Without a quota of a provider that is used up there is nothing to show. */
const MAY_BE_EMPTY = /calseta_(?:provider_quota_left|waiting_lookups)\b/;
/** Fires at once when pushes are slow, as they are on a machine with much else to do. */
const OF_SPEED = 'CalsetaPushesLate';
/** A starting machine may be slow; several scrapes are needed for a rate. */
const SOON = { timeoutMs: 60_000, intervalMs: 250 };
const ALERTS = 20;

let cluster: Cluster;
let sink: AgentSink;
let prometheus: Prometheus;

beforeAll(async () => {
  if (!program) return;
  cluster = await startCluster();
  sink = await startAgentSink(cluster.api);
  const addresses = cluster.members.map(({ port }) => `127.0.0.1:${port}`);
  prometheus = await startPrometheus(program, addresses);
  await eventually(async () => {
    const up = Object.fromEntries(addresses.map((address) => [address, 'up']));
    expect(await prometheus.targets()).toEqual(up);
  }, SOON);
  const agent = await sink.register();
  const sent = Array.from({ length: ALERTS }, (_, index) => ({
    title: `Alert ${index}`,
    severity: 'High',
    occurred_at: '2026-11-30T10:00:00Z',
    indicators: [{ type: 'ip', value: `45.155.1.${index + 1}` }],
  }));
  await configEffective();
  await cluster.api.ask('POST', '/v1/ingest/generic', sent);
  await eventually(() => expect(agent.pushes()).toHaveLength(ALERTS), SOON);
}, 700_000);
afterAll(async () => {
  if (!program) return;
  await prometheus[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
}, 300_000);

// Without Prometheus, and without a way to get it, the reason has already been printed.
(program ? describe : describe.skip)('a real Prometheus that scrapes the five services', () => {
  test.each(queries)('answers "$title": $expr', async ({ expr }) => {
    if (MAY_BE_EMPTY.test(expr)) {
      expect(Array.isArray(await prometheus.query(expr))).toBe(true);
      return;
    }
    await eventually(async () => {
      expect((await prometheus.query(expr)).length).toBeGreaterThan(0);
    }, SOON);
  });

  test('counts what was received, handled and delivered', async () => {
    await eventually(async () => {
      const received = await prometheus.query(
        'sum(calseta_alerts_ingested_total{status="queued"})',
      );
      const delivered = await prometheus.query(
        'sum(calseta_delivery_attempts_total{outcome="delivered"})',
      );
      expect(received[0]!.value).toBe(ALERTS);
      expect(delivered[0]!.value).toBe(ALERTS);
    }, SOON);
  });

  test('evaluates every alert rule, and none fires while all is well', async () => {
    const rules = await eventually(async () => {
      const found = await prometheus.rules();
      const neverEvaluated = found.filter(({ lastEvaluation }) =>
        lastEvaluation.startsWith('0001'),
      );
      expect(neverEvaluated).toEqual([]);
      return found;
    }, SOON);
    expect(rules.map(({ name }) => name)).toEqual(alerts);
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
    const firing = rules.filter(({ name, state }) => state === 'firing' && name !== OF_SPEED);
    expect(firing).toEqual([]);
  });

  test('fires for the first dead letter', async () => {
    const state = async () =>
      (await prometheus.rules()).find(({ name }) => name === 'CalsetaAlertFailed')?.state;
    expect(await state()).toBe('inactive');
    const connection = await connect(cluster.rabbitmq.url);
    const channel = await connection.createConfirmChannel();
    channel.sendToQueue('extractor.alert-ingested', Buffer.from('not json'));
    await channel.waitForConfirms();
    await connection.close();
    await eventually(async () => expect(await state()).toBe('firing'), SOON);
  });
});

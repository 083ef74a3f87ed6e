import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSeries } from './support/metric-series.js';
import { type Cluster, type Member, startCluster } from './support/start-cluster.js';

type Line = { service: string; level: string; event: string } & Record<string, unknown>;

/** Failed sweeps of each sweeper before the server returns. */
const FAILED_SWEEPS = 4;
/** Most channels of a service: four of consumers and responders, one to publish, one for requests. */
const CHANNELS = 6;
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

let cluster: Cluster;
let lines: Line[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    env: { LOG_LEVEL: 'info', SWEEP_INTERVAL_MS: '500' },
    onLine: (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
    },
  });
}, 300_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
}, 300_000);

const workers = () => cluster.named('extractor', 'enricher', 'dispatcher');
const of = (member: Member, event?: string) =>
  lines.filter((line) => line.service === member.name && (!event || line.event === event));

async function sweepsFailed({ process }: Member): Promise<number> {
  const text = await (await fetch(`${process.url}/metrics`)).text();
  return readSeries(text).find(({ name }) => name === 'calseta_sweep_failures_total')!.value;
}

/** Stops a server long enough for every worker to notice several times. */
async function takeAway(server: { kill: () => Promise<void>; restart: () => Promise<void> }) {
  lines = [];
  const before = await Promise.all(workers().map(sweepsFailed));
  await server.kill();
  await eventually(async () => {
    const failed = await Promise.all(workers().map(sweepsFailed));
    for (const [index, count] of failed.entries()) {
      expect(count - before[index]!).toBeGreaterThanOrEqual(FAILED_SWEEPS);
    }
    expect((await cluster.api.call('GET', '/v1/alerts')).status).toBeLessThanOrEqual(503);
  }, PATIENCE);
  await server.restart();
}

function expectOneOutage(member: Member, lost: string, back: string): void {
  expect(of(member, lost)).toHaveLength(1);
  expect(of(member, lost)[0]).toMatchObject({ level: 'warn', error: expect.anything() });
  expect(of(member, back)).toHaveLength(1);
  const [returned] = of(member, back);
  expect(returned!['duration_ms']).toBeGreaterThan(0);
  expect(returned!['failures']).toBeGreaterThan(0);
}

/** Requests are logged one by one, whatever their result; `others` are the other allowed lines. */
function expectNothingElse(member: Member, others: RegExp): void {
  const said = of(member).map(({ event }) => event);
  expect(said.filter((event) => event !== 'http.request' && !others.test(event))).toEqual([]);
  expect(of(member).filter((line) => JSON.stringify(line).includes('"stack"'))).toEqual([]);
}

describe('an outage is logged once when it begins and once when it is over', () => {
  test('of Postgres, by all five services', async () => {
    await takeAway(cluster.postgres);
    await eventually(() => {
      for (const member of cluster.members) {
        expectOneOutage(member, 'database.lost', 'database.back');
      }
    }, PATIENCE);
    for (const member of cluster.members) expectNothingElse(member, /^database\.(lost|back)$/);
  }, 300_000);

  test('of the broker, by all five services', async () => {
    await takeAway(cluster.rabbitmq);
    await eventually(() => {
      for (const member of cluster.members) {
        expectOneOutage(member, 'amqp.broker_lost', 'amqp.broker_back');
      }
    }, PATIENCE);
    for (const member of cluster.members) {
      // One connection for publishing, and one for consuming.
      expect(of(member, 'amqp.connected')).toHaveLength(2);
      expectNothingElse(
        member,
        /^amqp\.(broker_lost|broker_back|connected|channel_lost|channel_back)$/,
      );
      // A channel may be opening at that moment.
      expect(of(member, 'amqp.channel_lost').length).toBeLessThanOrEqual(CHANNELS);
    }
  }, 300_000);
});

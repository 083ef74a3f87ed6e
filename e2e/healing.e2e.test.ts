import { setTimeout as delay } from 'node:timers/promises';
import { makeMessage, MESSAGE_TYPES, SUBSCRIPTIONS } from '@calseta/common';
import { connectRabbitmq } from '@calseta/messaging';
import {
  eventually,
  startPrivatePostgres,
  startPrivateRabbitmq,
  testDatabase,
} from '@calseta/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { deleteAllQueues } from './support/broken-broker.js';
import { neverPublish, standStillAfterCommit } from './support/crash-points.js';
import { createLedger, expectAllDelivered, type Ledger } from './support/ledger.js';
import { type Pipeline, type PipelineOptions, startPipeline } from './support/start-pipeline.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (let next = cleanUps.pop(); next; next = cleanUps.pop()) await next();
});

/** Time in which a service declares queues again that were deleted. */
const QUEUES_BACK_MS = 200;

type World = { pipeline: Pipeline; sink: AgentSink; ledger: Ledger };

/** A pipeline with one agent that asks for every alert. */
async function createWorld(options: PipelineOptions): Promise<World> {
  const pipeline = await startPipeline(options);
  cleanUps.push(async () => await pipeline[Symbol.asyncDispose]());
  const sink = await startAgentSink(pipeline.api);
  cleanUps.push(async () => await sink[Symbol.asyncDispose]());
  await sink.register();
  await configEffective();
  return { pipeline, sink, ledger: createLedger(pipeline.url) };
}

/** Has the same effect as 15 seconds without progress. */
const makeStalledDue = async ({ database }: Pipeline) =>
  await database.query(`UPDATE alerts SET next_sweep_at = now() WHERE stage <> 'dispatched'`);

const stagesOf = async ({ database }: Pipeline): Promise<Record<string, number>> => {
  const { rows } = await database.query<{ stage: string; count: number }>(
    'SELECT stage::text, count(*)::int FROM alerts GROUP BY stage',
  );
  return Object.fromEntries(rows.map(({ stage, count }) => [stage, count]));
};

describe('a consumer that dies between its commit and its publish', () => {
  test.each([
    ['extractor', 'extracted'],
    ['enricher', 'enriched'],
    ['dispatcher', 'dispatched'],
  ] as const)('%s: another one takes over, and each alert is pushed once', async (name, stage) => {
    const { pipeline, sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      replicas: { [name]: 0 },
      // Redelivery alone repairs this; the sweeper is not involved.
      env: { SWEEP_INTERVAL_MS: '600000' },
    });
    const crash = standStillAfterCommit();
    cleanUps.push(async () => crash.release());
    const dying = await pipeline.start(name, crash.wrap);
    await configEffective();

    await ledger.postMany(12);
    await eventually(() => expect(crash.reached).toEqual(ledger.accepted));
    expect(await stagesOf(pipeline)).toEqual({ [stage]: 12 });
    await dying.cutOff();
    await pipeline.start(name);

    await expectAllDelivered(ledger, sink.agents);
    await eventually(async () => expect(await stagesOf(pipeline)).toEqual({ dispatched: 12 }));
    expect(sink.sink.requests).toHaveLength(12);
  });

  test('ingest-api: the sweeper publishes what was acknowledged', async () => {
    const crash = neverPublish();
    const { pipeline, sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      wrap: { 'ingest-api': crash.wrap },
    });
    cleanUps.push(async () => crash.release());
    await ledger.postMany(12);
    expect(crash.reached).toEqual(ledger.accepted);
    expect(await stagesOf(pipeline)).toEqual({ ingested: 12 });
    await makeStalledDue(pipeline);
    await expectAllDelivered(ledger, sink.agents);
  });
});

describe('a broker that forgets', () => {
  test('all queues deleted again and again while alerts are on their way: all are pushed', async () => {
    const { pipeline, sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      // Makes messages wait in the queues.
      env: { AMQP_PREFETCH: '1' },
    });
    const state = { isPosting: true, lost: 0 };
    const postUntilSomeAreLost = async () => {
      do await ledger.postMany(150);
      while (state.lost === 0);
    };
    const posting = postUntilSomeAreLost().finally(() => (state.isPosting = false));
    while (state.isPosting) {
      state.lost += await deleteAllQueues(pipeline.amqpUrl);
      await delay(QUEUES_BACK_MS);
    }
    await posting;
    // Alerts that lost their message wait for the sweeper, at most once at each stage.
    await expectAllDelivered(ledger, sink.agents, 55_000);
  });

  test('messages that nobody had consumed yet: swept up when there is a consumer again', async () => {
    const { pipeline, sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      replicas: { extractor: 0 },
    });
    // One after the other, so that each has a separate message.
    await ledger.postMany(20, { concurrency: 1 });
    let lost = 0;
    await eventually(async () => {
      lost += await deleteAllQueues(pipeline.amqpUrl);
      expect(lost).toBe(20);
    });
    await makeStalledDue(pipeline);
    await pipeline.start('extractor');
    await expectAllDelivered(ledger, sink.agents);
  });

  test('a process with its transport inside: the next start finds what it had', async () => {
    const { url: databaseUrl, drop } = await testDatabase();
    cleanUps.push(drop);
    const first = await startPipeline({
      transport: 'in-process',
      servers: { databaseUrl },
      replicas: { extractor: 0 },
    });
    const sink = await startAgentSink(first.api);
    cleanUps.push(async () => await sink[Symbol.asyncDispose]());
    await sink.register();
    const ledger = createLedger(first.url);
    await ledger.postMany(20);
    await makeStalledDue(first);
    await first[Symbol.asyncDispose]();

    const second = await startPipeline({ transport: 'in-process', servers: { databaseUrl } });
    cleanUps.push(async () => await second[Symbol.asyncDispose]());
    await expectAllDelivered(ledger, sink.agents);
  });
});

describe('messages that come more than once', () => {
  test('have one effect: one push for each alert', async () => {
    const { pipeline, sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      replicas: { extractor: 2, enricher: 2, dispatcher: 2 },
    });
    await using transport = await connectRabbitmq({
      url: pipeline.amqpUrl,
      connectionName: 'repeater',
      confirmTimeoutMs: 5_000,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const repeat = async (alertId: string) => {
      for (const type of [...MESSAGE_TYPES, ...MESSAGE_TYPES]) {
        await transport.publish(makeMessage({ type, alertId, revision: 1, severity: 'Low' }));
      }
    };
    for (let count = 0; count < 30; count += 1) {
      const { alertUuid } = await ledger.post({ severity: 'Low' });
      await repeat(alertUuid!);
    }
    await expectAllDelivered(ledger, sink.agents);
    await Promise.all([...ledger.accepted].map(repeat));
    await eventually(async () => {
      for (const subscription of Object.values(SUBSCRIPTIONS)) {
        expect(await transport.queueDepth(subscription, 'normal')).toBe(0);
      }
    });
    expect(await stagesOf(pipeline)).toEqual({ dispatched: 30 });
    expect(sink.sink.requests).toHaveLength(30);
  });
});

describe('servers that stop and come back', () => {
  test('Postgres, then RabbitMQ: never a 202 that is lost', async () => {
    const postgres = await startPrivatePostgres();
    cleanUps.push(postgres.stop);
    const rabbitmq = await startPrivateRabbitmq();
    cleanUps.push(rabbitmq.stop);
    const { sink, ledger } = await createWorld({
      transport: 'rabbitmq',
      servers: { databaseUrl: postgres.url, amqpUrl: rabbitmq.url },
    });

    const posting = ledger.postMany(60, { concurrency: 3, pauseMs: 50 });
    await eventually(() => expect(ledger.accepted.size).toBeGreaterThan(10));
    await postgres.kill();
    const from = ledger.answers.length;
    await eventually(() => expect(ledger.answers.length).toBeGreaterThan(from + 20));
    const duringOutage = ledger.answers.slice(from + 3);
    expect(duringOutage.map(({ status }) => status)).toEqual(duringOutage.map(() => 503));
    for (const { retryAfter } of duringOutage) expect(Number(retryAfter)).toBeGreaterThan(0);
    await postgres.restart();
    await posting;
    await expectAllDelivered(ledger, sink.agents, 50_000);

    await rabbitmq.kill();
    const before = ledger.answers.length;
    await ledger.postMany(40);
    expect(ledger.answers.slice(before).map(({ status }) => status)).toEqual(
      Array.from({ length: 40 }, () => 202),
    );
    await rabbitmq.restart();
    await expectAllDelivered(ledger, sink.agents, 50_000);
  }, 180_000);
});

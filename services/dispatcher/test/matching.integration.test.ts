import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { alertRuleSchema } from '@calseta/common';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { createWorld, type World } from './dispatcher-under-test.js';

let world: World;
let sink: WebhookSink;

beforeAll(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.stopAll();
  await sink.close();
});
afterAll(async () => {
  await world.close();
});

const onIndex = (value: string) =>
  alertRuleSchema.parse({ all: [{ field: 'raw_payload.result.index', op: 'eq', value }] });

const inIndex = async (index: string) =>
  await world.anEnrichedAlert({ rawPayload: JSON.stringify({ result: { index } }) });

const dispatched = async (alertId: string) =>
  await eventually(
    async () =>
      await world.database.prisma.activity.findFirstOrThrow({
        where: { alertId, kind: 'dispatched' },
      }),
  );

test('pushes to the agents whose rule matches, and says which clause kept the others out', async () => {
  sink = await startWebhookSink();
  const prod = await world.anAgent(sink, { match: onIndex('prod') });
  const test = await world.anAgent(sink, { match: onIndex('test') });
  const { transport } = await world.start();
  const alert = await inIndex('prod');
  await transport.publish(alert.message);
  expect((await dispatched(alert.id)).detail).toMatchObject({
    matched: [{ agent_uuid: prod.id }],
    not_matched: [
      { agent_uuid: test.id, clause: 'match/all/0: raw_payload.result.index eq "test"' },
    ],
  });
  await eventually(() => expect(sink.requests).toHaveLength(1));
});

test('attaches the documents whose rule asks about the payload', async () => {
  sink = await startWebhookSink();
  await world.anAgent(sink);
  for (const index of ['prod', 'test'])
    await world.database.prisma.contextDocument.create({
      data: { title: index, docType: 'sop', content: 'x', targetingRules: onIndex(index) },
    });
  const { transport } = await world.start();
  await transport.publish((await inIndex('prod')).message);
  await eventually(() => expect(sink.requests).toHaveLength(1));
  expect(JSON.parse(sink.requests[0]!.body)).toMatchObject({
    context_documents: [{ title: 'prod' }],
  });
});

test('pushes a muted alert to nobody, on any replica, and counts and shows it', async () => {
  sink = await startWebhookSink();
  await world.anAgent(sink);
  const replicas = [await world.start(), await world.start()];
  const { prisma } = world.database;
  // After the start: a new mute is known to every replica at its next alert.
  const mute = await prisma.mute.create({
    data: {
      rule: onIndex('lab'),
      reason: 'Pentest',
      until: new Date(Date.now() + 60_000),
      createdBy: 'test',
    },
  });
  const muted = await Promise.all(Array.from({ length: 10 }, async () => await inIndex('lab')));
  await Promise.all(
    muted.map(async ({ message }, index) => await replicas[index % 2]!.transport.publish(message)),
  );
  for (const { id } of muted)
    expect((await dispatched(id)).detail).toMatchObject({
      agents_matched: 0,
      muted: { mute_uuid: mute.id, reason: 'Pentest' },
      not_matched: [{ clause: `mute ${mute.id}: Pentest` }],
    });
  expect(await prisma.mute.findUnique({ where: { id: mute.id } })).toMatchObject({
    mutedCount: 10,
    lastMutedAt: expect.any(Date),
  });
  expect(await prisma.alert.count({ where: { muteId: mute.id, stage: 'dispatched' } })).toBe(10);

  await prisma.mute.delete({ where: { id: mute.id } });
  await replicas[0]!.transport.publish((await inIndex('lab')).message);
  await eventually(() => expect(sink.requests).toHaveLength(1));
  expect(await world.deliveries()).toHaveLength(1);
});

test('shows with a related alert how it ended and what agents found, within bounds', async () => {
  sink = await startWebhookSink();
  await world.anAgent(sink);
  const { prisma } = world.database;
  const rule = await prisma.detectionRule.create({ data: { name: 'Travel' } });
  const earlier = await world.anEnrichedAlert({ detectionRuleId: rule.id });
  await prisma.alert.update({
    where: { id: earlier.id },
    data: { status: 'Closed', closeClassification: 'false_positive', stage: 'dispatched' },
  });
  const finding = { alertId: earlier.id, createdBy: 'key' };
  for (const summary of ['oldest', 'older', 'x'.repeat(600)])
    await prisma.finding.create({ data: { ...finding, summary } });
  await prisma.finding.create({ data: { ...finding, summary: 'shadow', isShadow: true } });
  await prisma.finding.create({
    data: { ...finding, summary: 'newest', confidence: 0.9, classification: 'false_positive' },
  });

  const { transport } = await world.start();
  await transport.publish((await world.anEnrichedAlert({ detectionRuleId: rule.id })).message);
  await eventually(() => expect(sink.requests).toHaveLength(1));
  expect(JSON.parse(sink.requests[0]!.body)).toMatchObject({
    related_alerts: [
      {
        uuid: earlier.id,
        status: 'Closed',
        close_classification: 'false_positive',
        relation: 'same_detection_rule',
        findings: [
          { summary: 'newest', confidence: 0.9, classification: 'false_positive' },
          { summary: 'x'.repeat(500) },
          { summary: 'older' },
        ],
      },
    ],
  });
});

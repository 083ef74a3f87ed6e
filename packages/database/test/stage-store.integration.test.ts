import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { alertMessageSchema, newUuid, type PipelineStage, type Severity } from '@calseta/common';
import { type Database } from '../src/core/database.js';
import {
  createStageStore,
  MAX_SWEEPS,
  type StageStore,
} from '../src/pipeline/stage/stage-store.js';
import { withDatabase } from './with-database.js';

describe('createStageStore', () => {
  let database: Database;
  let store: StageStore;
  withDatabase((opened) => {
    database = opened;
  });
  beforeAll(async () => {
    store = createStageStore(database);
  });
  beforeEach(async () => {
    await database.query('TRUNCATE alerts CASCADE');
  });

  /** An alert that has been due for a sweep for a minute. */
  async function aStalledAlert(
    facts: { stage?: PipelineStage; severity?: Severity; nextSweepAt?: Date } = {},
  ): Promise<string> {
    const id = newUuid();
    const at = new Date(Date.now() - 60_000);
    await database.prisma.alert.create({
      data: {
        id,
        sourceName: 'generic',
        dedupKey: id,
        title: 'Stalled',
        severity: facts.severity ?? 'Low',
        occurredAt: at,
        receivedAt: at,
        lastSeenAt: at,
        rawPayload: {},
        stage: facts.stage ?? 'ingested',
        stageChangedAt: at,
        nextSweepAt: facts.nextSweepAt ?? at,
      },
    });
    return id;
  }

  const alert = async (id: string) =>
    await database.prisma.alert.findUniqueOrThrow({ where: { id } });

  test('claims no alert twice among callers that come together', async () => {
    const ids = new Set<string>();
    for (let count = 0; count < 60; count += 1) ids.add(await aStalledAlert());
    const claims = await Promise.all(
      Array.from({ length: 12 }, async () => await store.claimStalled('ingested', 'normal', 10)),
    );
    const claimed = claims.flat().map(({ message }) => message.alert_id);
    expect(claimed).toHaveLength(new Set(claimed).size);
    expect(Math.max(...claims.map((messages) => messages.length))).toBeLessThanOrEqual(10);
    const rest = await store.claimStalled('ingested', 'normal', 100);
    expect(new Set([...claimed, ...rest.map(({ message }) => message.alert_id)])).toEqual(ids);
    expect(claimed.length + rest.length).toBe(ids.size);
  });

  test('makes the message of the stage, in the lane of the severity', async () => {
    const id = await aStalledAlert({ stage: 'extracted', severity: 'Critical' });
    const [stalled] = await store.claimStalled('extracted', 'urgent', 10);
    expect(alertMessageSchema.parse(stalled?.message)).toMatchObject({
      type: 'alert.extracted',
      alert_id: id,
      revision: 1,
      lane: 'urgent',
      occurred_at: (await alert(id)).stageChangedAt.toISOString(),
    });
  });

  test('claims and gives up the alerts of the lane alone', async () => {
    const low = await aStalledAlert();
    const high = await aStalledAlert({ severity: 'High' });
    const claimed = await store.claimStalled('ingested', 'urgent', 10);
    expect(claimed.map(({ message }) => message.alert_id)).toEqual([high]);
    await database.query(
      `UPDATE alerts SET sweep_count = $1, next_sweep_at = now() - interval '1 second'`,
      [MAX_SWEEPS],
    );
    expect(await store.giveUpStalled('ingested', 'urgent', 10)).toBe(1);
    expect((await alert(low)).stage).toBe('ingested');
  });

  test('leaves alerts that are not due or stand elsewhere', async () => {
    await aStalledAlert({ nextSweepAt: new Date(Date.now() + 60_000) });
    for (const stage of ['enriched', 'dispatched', 'failed', 'quarantined'] as const) {
      await aStalledAlert({ stage });
    }
    expect(await store.claimStalled('ingested', 'normal', 10)).toEqual([]);
  });

  test('keeps the trace of the alert', async () => {
    const id = await aStalledAlert();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await database.prisma.alert.update({ where: { id }, data: { traceparent } });
    expect(await store.claimStalled('ingested', 'normal', 1)).toMatchObject([{ traceparent }]);
  });

  test('waits longer before each further sweep of the same alert, then gives it up', async () => {
    const id = await aStalledAlert();
    const waits: number[] = [];
    const becomesDue = async () =>
      await database.query(`UPDATE alerts SET next_sweep_at = now() - interval '1 second'`);
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
      await becomesDue();
      expect(await store.giveUpStalled('ingested', 'normal', 10)).toBe(0);
      expect(await store.claimStalled('ingested', 'normal', 1)).toHaveLength(1);
      const { rows } = await database.query<{ wait: number }>(
        `SELECT round(extract(epoch FROM next_sweep_at - now()) / 5)::int * 5 AS wait FROM alerts`,
      );
      waits.push(rows[0]?.wait ?? 0);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(await store.giveUpStalled('ingested', 'normal', 10)).toBe(0);

    await becomesDue();
    expect(await store.claimStalled('ingested', 'normal', 1)).toEqual([]);
    expect(await store.giveUpStalled('ingested', 'normal', 10)).toBe(1);
    expect(await alert(id)).toMatchObject({ stage: 'failed', failureCode: 'pipeline.stalled' });
    expect(await database.prisma.activity.findMany({ where: { alertId: id } })).toMatchObject([
      { kind: 'failed', actor: 'sweeper', detail: { code: 'pipeline.stalled' } },
    ]);
  });

  test('tells how long the oldest has stood at a stage, and how many do', async () => {
    expect(await store.lookAt('ingested')).toEqual({ oldestAgeSeconds: 0, backlog: 0 });
    const id = await aStalledAlert();
    await aStalledAlert();
    await database.query(
      `UPDATE alerts SET stage_changed_at = now() - interval '90 seconds' WHERE id = $1`,
      [id],
    );
    const { oldestAgeSeconds, backlog } = await store.lookAt('ingested');
    expect([Math.round(oldestAgeSeconds), backlog]).toEqual([90, 2]);
    expect(await store.lookAt('enriched')).toEqual({ oldestAgeSeconds: 0, backlog: 0 });
  });

  const failure = {
    revision: 1,
    stage: 'ingested',
    code: 'message.invalid',
    reason: 'no use',
    actor: 'extractor',
  } as const;

  test('sets an alert aside with the reason, once', async () => {
    const alertId = await aStalledAlert();
    expect(await store.markFailed({ ...failure, alertId })).toBe(true);
    expect(await store.markFailed({ ...failure, alertId })).toBe(false);
    expect(await alert(alertId)).toMatchObject({
      stage: 'failed',
      failureCode: 'message.invalid',
      failureReason: 'no use',
    });
    expect(await database.prisma.activity.findMany({ where: { alertId } })).toMatchObject([
      {
        kind: 'failed',
        actor: 'extractor',
        detail: { code: 'message.invalid', reason: 'no use' },
      },
    ]);
    expect(await store.claimStalled('ingested', 'normal', 10)).toEqual([]);
  });

  test('fails no alert that has moved on or is unknown, and shortens a long reason', async () => {
    for (const stage of ['extracted', 'dispatched'] as const) {
      const ahead = await aStalledAlert({ stage });
      expect(await store.markFailed({ ...failure, alertId: ahead })).toBe(false);
      expect((await alert(ahead)).stage).toBe(stage);
    }
    const alertId = await aStalledAlert();
    expect(await store.markFailed({ ...failure, alertId, revision: 2 })).toBe(false);
    expect(await store.markFailed({ ...failure, alertId: newUuid() })).toBe(false);
    expect(await store.markFailed({ ...failure, alertId, reason: 'x'.repeat(5_000) })).toBe(true);
    expect((await alert(alertId)).failureReason).toHaveLength(1_000);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newUuid, type NormalizedAlert, SEVERITIES } from '@calseta/common';
import { aNormalizedAlert, type TestDatabase, testDatabase } from '@calseta/testing';
import {
  createIngestStore,
  createRevisionStore,
  createTriageStore,
  type Database,
  type IngestItem,
  type IngestStore,
  MAX_KEPT_OCCURRENCES,
  type RevisionPolicy,
} from '../src/index.js';
import { MAX_READ_CHARACTERS, takeRepeats } from '../src/pipeline/ingest/take-repeats.js';
import { anItem, anUpdate, BATCHES, readStated } from './an-item.js';
import { openTestDatabase } from './with-database.js';

let home: TestDatabase;
let database: Database;
let otherProcess: Database;
let store: IngestStore;
let otherStore: IngestStore;

beforeAll(async () => {
  home = await testDatabase();
  database = await openTestDatabase(home.url);
  otherProcess = await openTestDatabase(home.url);
  store = createIngestStore(database, BATCHES, readStated);
  otherStore = createIngestStore(otherProcess, { ...BATCHES, maxItems: 4 }, readStated);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await otherProcess[Symbol.asyncDispose]();
  await home.drop();
});

const aNativeItem = (overrides: Partial<IngestItem> = {}) =>
  anItem({ isNative: true, dedupKey: `id:${newUuid()}`, ...overrides });
const alertRow = async (id: string) =>
  await database.prisma.alert.findUniqueOrThrow({ where: { id } });
const occurrencesOf = async (alertId: string) =>
  await database.prisma.alertOccurrence.findMany({ where: { alertId }, orderBy: { id: 'asc' } });
const linesOf = async (alertId: string) => {
  const lines = await database.prisma.activity.findMany({
    where: { alertId },
    orderBy: { id: 'asc' },
  });
  return lines.map(({ kind, detail }) => ({ kind, detail }));
};
const ip = (value: string) => ({ type: 'ip' as const, value });

describe('an update', () => {
  test('is taken in at once, with its payload and what it changed', async () => {
    const first = aNativeItem({
      alert: aNormalizedAlert({ title: 'Esc', severity: 'Low', hosts: ['A'] }),
    });
    const { alertId } = await store.ingest(first);
    const bytes = Buffer.from([0x7b, 0xfc, 0x7d]);
    const changed: Partial<NormalizedAlert> = {
      title: 'Esc now critical',
      severity: 'Critical',
      description: 'ransom note found',
      hosts: ['a', 'B'],
      users: ['bob'],
      tags: ['ransom'],
      statedIndicators: [ip('45.155.205.122')],
    };
    const update = anUpdate(first, changed, { original: bytes, contentType: 'text/plain' });
    expect(await store.ingest(update)).toMatchObject({
      alertId,
      status: 'updated',
      duplicateCount: 1,
      isUrgent: true,
    });
    expect(await alertRow(alertId)).toMatchObject({
      title: 'Esc now critical',
      description: 'ransom note found',
      severity: 'Critical',
      hosts: ['A', 'B'],
      users: ['bob'],
      tags: ['ransom'],
      duplicateCount: 1,
      unchangedCount: 0,
      revision: 1,
    });
    const changes = [
      { field: 'severity', from: 'Low', to: 'Critical' },
      { field: 'title', from: 'Esc', to: 'Esc now critical' },
      { field: 'description', from: null, to: 'ransom note found' },
      { field: 'tags', from: [], to: ['ransom'] },
      { field: 'hosts', from: [], to: ['B'] },
      { field: 'users', from: [], to: ['bob'] },
      { field: 'indicators', from: [], to: [ip('45.155.205.122')] },
    ];
    const [occurrence] = await occurrencesOf(alertId);
    expect(occurrence).toMatchObject({ changes, originalContentType: 'text/plain' });
    expect(occurrence?.originalBody).toEqual(new Uint8Array(bytes));
    expect(occurrence?.rawPayload).toEqual(JSON.parse(update.rawPayload));
    expect((await linesOf(alertId)).at(-1)).toEqual({
      kind: 'source_updated',
      detail: { occurrence_uuid: occurrence?.id, changes },
    });
    // A known message changes nothing.
    expect(await store.ingest(update)).toMatchObject({ status: 'deduplicated', duplicateCount: 2 });
  });

  test.each([
    ['raise', 'Critical', 'Critical'],
    ['raise', 'Low', 'High'],
    ['follow', 'Low', 'Low'],
    ['follow', 'Pending', 'High'],
    ['keep', 'Critical', 'High'],
  ] as const)('under "%s" makes %s of High %s', async (onUpdate, given, expected) => {
    const first = aNativeItem({ onUpdate, alert: aNormalizedAlert({ severity: 'High' }) });
    const { alertId } = await store.ingest(first);
    await store.ingest(anUpdate(first, { severity: given }));
    expect((await alertRow(alertId)).severity).toBe(expected);
  });

  test('under "follow" takes a payload that was said before for news when it changes the severity', async () => {
    const first = aNativeItem({
      onUpdate: 'follow',
      alert: aNormalizedAlert({ severity: 'High' }),
    });
    const { alertId } = await store.ingest(first);
    const low = anUpdate(first, { severity: 'Low' });
    const statuses = [];
    for (const item of [low, low, first, first]) statuses.push((await store.ingest(item)).status);
    expect(statuses).toEqual(['updated', 'deduplicated', 'updated', 'deduplicated']);
    expect((await alertRow(alertId)).severity).toBe('High');
  });

  test('leaves what people decided', async () => {
    const triage = createTriageStore(database);
    const first = aNativeItem({
      alert: aNormalizedAlert({ severity: 'High', tags: ['noise', 'x'] }),
    });
    const { alertId } = await store.ingest(first);
    await triage.update(alertId, {
      actor: 'analyst',
      changes: { status: 'Triaging', severity: 'Low', tags: ['x'], malice_override: 'Benign' },
    });
    const outcome = await store.ingest(anUpdate(first, { severity: 'Critical', users: ['bob'] }));
    expect(outcome.status).toBe('updated');
    expect(await alertRow(alertId)).toMatchObject({
      status: 'Triaging',
      severity: 'Low',
      tags: ['x'],
      maliceOverride: 'Benign',
      users: ['bob'],
    });
  });

  test('takes another title under the same native id alone, and none that is assumed', async () => {
    const first = anItem();
    const { alertId } = await store.ingest(first);
    expect(await store.ingest(anUpdate(first, { title: 'Other' }))).toMatchObject({
      alertId,
      status: 'deduplicated',
    });
    const native = aNativeItem();
    const { alertId: nativeId } = await store.ingest(native);
    await store.ingest(anUpdate(native, { title: 'Made up', isTitleAssumed: true }));
    expect(await alertRow(nativeId)).toMatchObject({ title: native.alert.title });
    expect(await occurrencesOf(alertId)).toMatchObject([{ changes: [] }]);
  });

  test('keeps every indicator and the highest severity of 50 at once in two processes', async () => {
    const first = aNativeItem({ alert: aNormalizedAlert({ severity: 'Informational' }) });
    const { alertId } = await store.ingest(first);
    const values = Array.from({ length: 50 }, (_, index) => `45.155.205.${index + 1}`);
    const outcomes = await Promise.all(
      values.map(async (value, index) => {
        const update = anUpdate(first, {
          severity: SEVERITIES[(index % 4) + 1]!,
          statedIndicators: [ip(value)],
          hosts: [`host-${index % 7}`],
        });
        return await (index % 2 === 0 ? store : otherStore).ingest(update);
      }),
    );
    expect(outcomes.every(({ status }) => status === 'updated')).toBe(true);
    expect(outcomes.map(({ duplicateCount }) => duplicateCount).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    const { severity, statedIndicators, hosts } = await alertRow(alertId);
    expect(severity).toBe('High');
    const kept = (statedIndicators as { value: string }[]).map(({ value }) => value);
    expect(kept.sort()).toEqual([...values].sort());
    expect(hosts).toHaveLength(7);
    expect(await occurrencesOf(alertId)).toHaveLength(50);
  });

  describe('of an alert with very many indicators', () => {
    const wide = (name: string) =>
      Array.from({ length: 500 }, (_, index) => ({
        type: 'url' as const,
        value: `https://${name}.example.com/${index}/`.padEnd(2_000, 'p'),
      }));
    const wideAlerts = async (count: number) => {
      const items = Array.from({ length: count }, (_, index) =>
        aNativeItem({ alert: aNormalizedAlert({ statedIndicators: wide(`w${index}`) }) }),
      );
      const stored = await Promise.all(items.map(async (item) => await store.ingest(item)));
      return items.map((item, index) => ({ item, alertId: stored[index]!.alertId }));
    };

    test('is taken in a later batch when those before it are enough for one', async () => {
      const alerts = await wideAlerts(4);
      const repeats = alerts.map(({ item, alertId }) => ({
        alertId,
        item: anUpdate(item, { statedIndicators: [ip('203.0.113.9')] }),
      }));
      // The message and the stated indicators of each alert: a million characters each.
      const atOnce = Math.ceil(MAX_READ_CHARACTERS / 2_000_000);
      const outcomes = await takeRepeats(database, readStated, repeats);
      expect(outcomes.map((outcome) => outcome?.status)).toEqual(Array(atOnce).fill('updated'));
      const untouched = await alertRow(repeats[atOnce]!.alertId);
      expect(untouched.duplicateCount).toBe(0);
    });

    test('is taken in, however many come at once, and keeps what was stated', async () => {
      const alerts = await wideAlerts(12);
      const outcomes = await Promise.all(
        alerts.flatMap(({ item }) => [
          store.ingest(anUpdate(item, { statedIndicators: [ip('203.0.113.9')] })),
          store.ingest(anUpdate(item, { statedIndicators: [ip('203.0.113.10')] })),
        ]),
      );
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['updated']));
      for (const { alertId, item } of alerts) {
        const { statedIndicators, duplicateCount } = await alertRow(alertId);
        expect(duplicateCount).toBe(2);
        const stated = statedIndicators as { type: string; value: string }[];
        expect(stated.slice(0, 500)).toEqual(item.alert.statedIndicators);
        expect(
          stated
            .slice(500)
            .map(({ value }) => value)
            .toSorted(),
        ).toEqual(['203.0.113.10', '203.0.113.9']);
      }
    });
  });

  test('opens a linked alert when the payloads that are kept are enough', async () => {
    const first = aNativeItem();
    const { alertId } = await store.ingest(first);
    await database.prisma.alert.update({
      where: { id: alertId },
      data: { keptOccurrenceCount: MAX_KEPT_OCCURRENCES - 1 },
    });
    expect(await store.ingest(anUpdate(first, {}))).toMatchObject({ alertId });
    expect(await store.ingest(first)).toMatchObject({ alertId, status: 'deduplicated' });
    const next = await store.ingest(anUpdate(first, { users: ['bob'] }));
    expect(next).toMatchObject({ status: 'queued' });
    expect((await alertRow(next.alertId)).previousAlertId).toBe(alertId);
    // From then on the native id matches the new alert.
    expect(await store.ingest(anUpdate(first, {}))).toMatchObject({ alertId: next.alertId });
  });
});

describe('a source without a window', () => {
  test('makes an alert of each message, and an end still finds the last', async () => {
    const item = aNativeItem({ dedupWindowSeconds: 0 });
    const outcomes = await Promise.all([item, item, item].map(store.ingest));
    expect(new Set(outcomes.map(({ alertId }) => alertId)).size).toBe(3);
    expect(outcomes.every(({ status }) => status === 'queued')).toBe(true);
    const last = await store.ingest(item);
    expect((await alertRow(last.alertId)).previousAlertId).toBeNull();
    const end = await store.ingest(anUpdate(item, { isEnd: true, sourceStatus: 'resolved' }));
    expect(end).toMatchObject({ status: 'noted', alertId: last.alertId });
  });
});

describe('the end of an alert', () => {
  const anEnd = (of: IngestItem, overrides: Partial<IngestItem> = {}) =>
    anUpdate(of, { isEnd: true, sourceStatus: 'resolved' }, overrides);

  test('is noted on it, however long ago its window was over', async () => {
    const first = aNativeItem();
    const { alertId } = await store.ingest(first);
    await database.prisma.dedupSlot.updateMany({
      where: { alertId },
      data: { expiresAt: new Date(Date.now() - 86_400_000) },
    });
    const end = anEnd(first);
    expect(await store.ingest(end)).toMatchObject({ alertId, status: 'noted', duplicateCount: 0 });
    expect(await alertRow(alertId)).toMatchObject({
      status: 'Open',
      sourceStatus: 'resolved',
      revision: 1,
    });
    const [occurrence] = await occurrencesOf(alertId);
    const changes = [{ field: 'source_status', from: null, to: 'resolved' }];
    expect((await linesOf(alertId)).at(-1)).toEqual({
      kind: 'source_ended',
      detail: { occurrence_uuid: occurrence?.id, changes },
    });
    await store.ingest(end);
    expect(await occurrencesOf(alertId)).toHaveLength(1);
    expect(await database.prisma.alertUpdate.count({ where: { alertId } })).toBe(0);
  });

  test('closes it where the source says so, by legal moves, and what comes next is an alert', async () => {
    const first = aNativeItem();
    const { alertId } = await store.ingest(first);
    await store.ingest(anEnd(first, { onResolved: 'close' }));
    const closed = await alertRow(alertId);
    expect(closed).toMatchObject({
      status: 'Closed',
      triagedAt: expect.any(Date),
      closedAt: expect.any(Date),
    });
    const moves = (await linesOf(alertId)).filter(({ kind }) => kind === 'updated');
    expect(moves.map(({ detail }) => detail)).toMatchObject([
      { status: { from: 'Open', to: 'Triaging' } },
      { status: { from: 'Triaging', to: 'Closed' } },
    ]);
    const again = await store.ingest(first);
    expect(again.status).toBe('queued');
    expect((await alertRow(again.alertId)).previousAlertId).toBe(alertId);
  });

  test('opens nothing where the alert is closed or was never seen, and is kept', async () => {
    const never = aNativeItem();
    const unseen = await store.ingest(anEnd(never));
    expect(unseen.status).toBe('noted');
    expect(await alertRow(unseen.alertId)).toMatchObject({
      status: 'Closed',
      stage: 'dispatched',
      sourceStatus: 'resolved',
    });
    const again = await store.ingest(anEnd(never));
    expect(again).toMatchObject({ status: 'noted', alertId: unseen.alertId });
    expect(await occurrencesOf(unseen.alertId)).toHaveLength(1);
    // A message that comes late opens a new alert.
    const late = await store.ingest(never);
    expect(late).toMatchObject({ status: 'queued' });
    expect(late.alertId).not.toBe(unseen.alertId);
  });

  test('is taken back by a message that is none', async () => {
    const first = aNativeItem();
    const { alertId } = await store.ingest(first);
    await store.ingest(anEnd(first));
    expect(await store.ingest(first)).toMatchObject({ alertId, status: 'deduplicated' });
    expect(await alertRow(alertId)).toMatchObject({ sourceStatus: null, sourceEndedAt: null });
  });
});

describe('createRevisionStore', () => {
  const POLICY: RevisionPolicy = { gatheringMs: 0, perHour: 2 };
  beforeEach(async () => {
    await database.prisma.alertUpdate.deleteMany();
  });
  const dispatched = async (id: string) =>
    await database.prisma.alert.update({ where: { id }, data: { stage: 'dispatched' } });

  test('begins one revision for what was gathered, when the run before is over', async () => {
    const first = aNativeItem({ alert: aNormalizedAlert({ severity: 'Low' }) });
    const { alertId } = await store.ingest(first);
    await store.ingest(anUpdate(first, { users: ['a'] }));
    await store.ingest(anUpdate(first, { users: ['b'], severity: 'Low' }));
    const revisions = createRevisionStore(database);
    const gathering = await revisions.beginDue(10, { ...POLICY, gatheringMs: 60_000 });
    expect(gathering.begun).toEqual([]);
    expect(gathering.nextInMs).toBeGreaterThan(50_000);
    expect((await revisions.beginDue(10, POLICY)).begun).toEqual([]);
    expect((await alertRow(alertId)).revision).toBe(1);

    await dispatched(alertId);
    await database.prisma.alertUpdate.update({
      where: { alertId },
      data: { notBefore: new Date() },
    });
    const both = await Promise.all([
      revisions.beginDue(10, POLICY),
      createRevisionStore(otherProcess).beginDue(10, POLICY),
    ]);
    expect(both.flatMap(({ begun }) => begun)).toMatchObject([
      { alertId, revision: 2, severity: 'Low', type: 'alert.ingested' },
    ]);
    expect(await alertRow(alertId)).toMatchObject({ stage: 'ingested', revision: 2 });
    expect(
      await database.prisma.alertUpdate.findUniqueOrThrow({ where: { alertId } }),
    ).toMatchObject({
      revision: 2,
      previousRevision: 1,
      changes: [{ field: 'users', from: [], to: ['a', 'b'] }],
      pendingChanges: [],
      pendingSince: null,
    });
    expect((await linesOf(alertId)).at(-1)).toMatchObject({
      kind: 'revised',
      detail: { revision: 2, previous_revision: 1, from: 'extract' },
    });
  });

  test('holds back what is beyond the bound and says so, but nothing that is more severe than ever', async () => {
    const revisions = createRevisionStore(database);
    const first = aNativeItem({ alert: aNormalizedAlert({ severity: 'Low' }) });
    const { alertId } = await store.ingest(first);
    const revise = async (alert: Partial<typeof first.alert>) => {
      await dispatched(alertId);
      await store.ingest(anUpdate(first, alert));
      return await revisions.beginDue(10, POLICY);
    };
    expect((await revise({ users: ['a'] })).begun).toHaveLength(1);
    expect((await revise({ users: ['b'] })).begun).toHaveLength(1);
    expect(await revise({ users: ['c'] })).toMatchObject({ begun: [], heldCount: 1 });
    expect(await revise({ users: ['d'] })).toMatchObject({ begun: [], heldCount: 0 });
    expect((await alertRow(alertId)).users).toEqual(['a', 'b', 'c', 'd']);
    const [held] = (await linesOf(alertId)).filter(({ kind }) => kind === 'updates_held');
    expect(held?.detail).toMatchObject({ held_count: 2, per_hour: 2, until: expect.any(String) });

    expect((await revise({ severity: 'Critical' })).begun).toMatchObject([
      { severity: 'Critical' },
    ]);
    const { changes } = await database.prisma.alertUpdate.findUniqueOrThrow({ where: { alertId } });
    expect(changes).toEqual([
      { field: 'users', from: [], to: ['c', 'd'] },
      { field: 'severity', from: 'Low', to: 'Critical' },
    ]);
  });

  test('makes no revision of what was undone while it was gathered', async () => {
    const first = aNativeItem({
      onUpdate: 'follow',
      alert: aNormalizedAlert({ severity: 'High' }),
    });
    const { alertId } = await store.ingest(first);
    await store.ingest(anUpdate(first, { severity: 'Low' }));
    await store.ingest(first);
    await dispatched(alertId);
    expect(await createRevisionStore(database).beginDue(10, POLICY)).toMatchObject({
      begun: [],
      nextInMs: null,
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid } from '@calseta/common';
import { aNormalizedAlert, type TestDatabase, testDatabase } from '@calseta/testing';
import {
  createIngestStore,
  createSourceStore,
  createTriageStore,
  type Database,
  type IngestBatches,
  type IngestItem,
  type IngestStore,
} from '../src/index.js';
import { anItem, BATCHES, readStated } from './an-item.js';
import { openTestDatabase } from './with-database.js';

let home: TestDatabase;
let database: Database;
let otherProcess: Database;

beforeAll(async () => {
  home = await testDatabase();
  database = await openTestDatabase(home.url);
  otherProcess = await openTestDatabase(home.url);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await otherProcess[Symbol.asyncDispose]();
  await home.drop();
});

const storeOn = (
  on: Pick<Database, 'query' | 'transaction'>,
  batches: Partial<IngestBatches> = {},
) => createIngestStore(on, { ...BATCHES, ...batches }, readStated);
const ingestAll = async (store: IngestStore, items: IngestItem[]) =>
  await Promise.all(items.map((item) => store.ingest(item)));

const alertRow = async (id: string) => await database.prisma.alert.findUnique({ where: { id } });

describe('createIngestStore', () => {
  test('stores an alert with everything that was read of it', async () => {
    const alert = aNormalizedAlert({
      title: 'Quotes " and \\ and {braces}, commas',
      description: 'd',
      severity: 'High',
      severityOriginal: 'HIGH',
      tags: ['a "quoted"', 'back\\slash', 'comma, {brace}', 'NULL', ''],
      nativeAlertId: 'n-1',
      sourceRuleId: 'r-1',
      sourceRuleName: 'Rule',
      sourceUrl: 'https://siem.example.com/1',
      mitreTactics: ['TA0001'],
      mitreTechniques: ['T1078'],
      fields: { src_ip: ['10.0.0.1', '10.0.0.2'] },
      hosts: ['h'],
      users: ['u'],
      statedIndicators: [{ type: 'ip', value: '10.0.0.1', pointer: '/ip' }],
      notes: ['noted'],
    });
    const rawPayload = '{"b":1, "a":12345678901234567890}';
    const outcome = await storeOn(database).ingest(anItem({ alert, rawPayload }));

    expect(outcome).toMatchObject({
      status: 'queued',
      duplicateCount: 0,
      severity: 'High',
    });
    const id = outcome.alertId;
    expect(await alertRow(id)).toMatchObject({
      title: alert.title,
      severity: 'High',
      tags: alert.tags,
      mitreTactics: ['TA0001'],
      normalizedFields: { src_ip: ['10.0.0.1', '10.0.0.2'] },
      statedIndicators: [{ type: 'ip', value: '10.0.0.1', pointer: '/ip' }],
      ingestNotes: ['noted'],
      hosts: ['h'],
      users: ['u'],
      stage: 'ingested',
      revision: 1,
      status: 'Open',
    });
    const { rows } = await database.query<{ text: string }>(
      'SELECT raw_payload::text AS text FROM alerts WHERE id = $1',
      [id],
    );
    expect(rows[0]?.text).toBe(rawPayload);
    expect(await database.prisma.activity.findMany({ where: { alertId: id } })).toMatchObject([
      { kind: 'received', actor: 'key-1', detail: { source_name: 'generic', notes: ['noted'] } },
    ]);
  });

  test('counts repeats in one batch and across batches, with one line for all that say nothing new', async () => {
    const store = storeOn(database);
    const item = anItem();
    const first = await ingestAll(store, [item, anItem(), item]);
    const second = await ingestAll(store, [item, item]);
    const ids = new Set([first[0], first[2], ...second].map((outcome) => outcome?.alertId));
    expect(ids.size).toBe(1);
    expect([first[0], first[2], ...second].map((o) => [o!.status, o!.duplicateCount])).toEqual([
      ['queued', 0],
      ['deduplicated', 1],
      ['deduplicated', 2],
      ['deduplicated', 3],
    ]);
    const [alertId] = [...ids];
    expect((await alertRow(alertId!))?.duplicateCount).toBe(3);
    expect(await database.prisma.alertOccurrence.count({ where: { alertId: alertId! } })).toBe(0);
    const lines = await database.prisma.activity.findMany({ where: { alertId: alertId! } });
    expect(lines.map(({ kind }) => kind)).toEqual(['received', 'repeated']);
    expect((await alertRow(alertId!))?.unchangedCount).toBe(3);
  });

  test('makes one alert of 100 equal posts in two processes at once', async () => {
    const stores = [database, otherProcess].map((each) =>
      storeOn(each, { maxItems: 8, maxConcurrentBatches: 4 }),
    );
    const keys = [newUuid(), newUuid(), newUuid()];
    const posts = Array.from({ length: 300 }, (_, index) =>
      stores[index % 2]!.ingest(anItem({ dedupKey: keys[index % 3]! })),
    );
    const outcomes = await Promise.all(posts);
    expect(new Set(outcomes.map(({ alertId }) => alertId)).size).toBe(3);
    for (const alertId of new Set(outcomes.map((outcome) => outcome.alertId))) {
      expect((await alertRow(alertId))?.duplicateCount).toBe(99);
      const counts = outcomes
        .filter((outcome) => outcome.alertId === alertId)
        .map(({ duplicateCount }) => duplicateCount);
      expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
  });

  test('opens a new alert linked to the old one when the slot is over', async () => {
    const store = storeOn(database);
    const item = anItem();
    const first = await store.ingest(item);
    await database.prisma.dedupSlot.updateMany({
      where: { alertId: first.alertId },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    const second = await store.ingest(item);
    expect(second).toMatchObject({ status: 'queued', duplicateCount: 0 });
    expect(second.alertId).not.toBe(first.alertId);
    expect((await alertRow(second.alertId))?.previousAlertId).toBe(first.alertId);
    const [noted] = await database.prisma.activity.findMany({ where: { alertId: second.alertId } });
    expect(noted?.detail).toMatchObject({ previous_alert_uuid: first.alertId });
    const third = await store.ingest(item);
    expect(third).toMatchObject({ alertId: second.alertId, duplicateCount: 1 });
  });

  test('counts repeats while their alert is being closed, and links what comes after', async () => {
    const store = storeOn(database);
    const triage = createTriageStore(otherProcess);
    const item = anItem();
    const first = await store.ingest(item);
    await triage.update(first.alertId, { actor: 'k', changes: { status: 'Triaging' } });
    const repeats = Array.from({ length: 40 }, async () => await store.ingest(item));
    const closing = triage.update(first.alertId, { actor: 'k', changes: { status: 'Closed' } });
    const outcomes = await Promise.all(repeats);
    expect((await closing)?.status).toBe('Closed');
    const after = await store.ingest(item);
    expect(after.alertId).not.toBe(first.alertId);
    const { duplicateCount } = (await alertRow(first.alertId))!;
    const counted = outcomes.filter(({ alertId }) => alertId === first.alertId);
    expect(duplicateCount).toBe(counted.length);
  });

  test('makes a new alert when the slot outlived its alert', async () => {
    const store = storeOn(database);
    const [item, other] = [anItem(), anItem()];
    const [first] = await ingestAll(store, [item, other]);
    await database.prisma.alert.delete({ where: { id: first!.alertId } });
    const outcomes = await ingestAll(store, [item, other, item]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'queued',
      'deduplicated',
      'deduplicated',
    ]);
    expect(await alertRow(outcomes[0]!.alertId)).toMatchObject({ duplicateCount: 1 });
  });

  test('gives up the slot of an alert that is gone, but not one that was taken over', async () => {
    const item = anItem();
    const gone = await storeOn(database).ingest(item);
    await database.prisma.alert.delete({ where: { id: gone.alertId } });
    // Another process stores a new alert between this store's claim and its count.
    let other: Awaited<ReturnType<IngestStore['ingest']>> | undefined;
    const slow = storeOn({
      query: database.query,
      async transaction(work) {
        other ??= await storeOn(otherProcess).ingest(item);
        return await database.transaction(work);
      },
    });
    const repeat = await slow.ingest(item);
    expect(other).toMatchObject({ status: 'queued' });
    expect(repeat).toMatchObject({ alertId: other?.alertId, duplicateCount: 1 });
  });

  test('answers for new alerts where repeats cannot be taken', async () => {
    const item = anItem();
    await storeOn(database).ingest(item);
    const failing = storeOn({
      query: database.query,
      transaction: async () => await Promise.reject(new Error('not taken')),
    });
    const other = { ...item, fingerprint: 'other' };
    const outcomes = await Promise.allSettled([anItem(), other, anItem()].map(failing.ingest));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('sets an unreadable payload aside with its reason', async () => {
    const item = anItem({ quarantineReason: 'No rule was found.' });
    const outcome = await storeOn(database).ingest(item);
    expect(outcome).toMatchObject({ status: 'quarantined' });
    expect(await alertRow(outcome.alertId)).toMatchObject({
      stage: 'quarantined',
      failureReason: 'No rule was found.',
    });
  });
});

describe('createSourceStore', () => {
  test('lists active sources and adds up their traffic', async () => {
    const store = createSourceStore(database);
    const names = (await store.listForIngest()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['generic', 'sentinel', 'okta']));

    const lastSeenAt = new Date();
    const traffic = {
      sourceName: 'okta',
      accepted: 2,
      rejected: 1,
      unreadSeverity: 1,
      quarantined: 1,
      lastSeenAt,
    };
    await store.addTraffic([{ ...traffic, lastRejectedReason: 'request.malformed' }]);
    await store.addTraffic([
      { ...traffic, lastQuarantinedAt: lastSeenAt, lastQuarantinedReason: 'unread' },
    ]);
    expect(await database.prisma.source.findUnique({ where: { name: 'okta' } })).toMatchObject({
      acceptedCount: 4n,
      rejectedCount: 2n,
      unreadSeverityCount: 2n,
      quarantinedCount: 2n,
      lastQuarantinedAt: lastSeenAt,
      lastQuarantinedReason: 'unread',
      lastSeenAt,
      lastRejectedReason: 'request.malformed',
    });
  });
});

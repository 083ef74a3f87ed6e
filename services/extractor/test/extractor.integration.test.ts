import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError, type ExtractedIndicator, newUuid } from '@calseta/common';
import { MAPPING_NOTES } from '@calseta/indicators';
import { createExtractionStore, type Database } from '@calseta/database';
import { type ConsumeOptions, type PipelineTransport } from '@calseta/messaging';
import {
  anAlertMessage,
  aStoredAlert,
  eventually,
  miscountedIndicators,
  type StoredAlert,
  testDatabase,
  type TestDatabase,
} from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createExtractor } from '../src/service.js';
import { type RunningExtractor, startExtractor, telemetry } from './support/start-extractor.js';

let testDb: TestDatabase;
let database: Database;
const running: RunningExtractor[] = [];

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

async function start(...args: Parameters<typeof startExtractor> | []): Promise<RunningExtractor> {
  const service = await startExtractor(args[0] ?? database, args[1]);
  running.push(service);
  return service;
}

type AlertRow = {
  stage: string;
  indicator_count: number;
  detection_rule_id: string | null;
  revision: number;
};
type IndicatorRow = {
  id: string;
  type: string;
  value: string;
  first_seen_at: Date;
  last_seen_at: Date;
};
type LinkRow = IndicatorRow & { is_malformed: boolean; provenance: Record<string, unknown>[] };
type ActivityRow = { kind: string; detail: { indicators: number; wait_ms: number } };

const read = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await database.query(sql, values)).rows as T[];

const alertRow = async (id: string) =>
  (await read<AlertRow>('SELECT * FROM alerts WHERE id = $1', id))[0]!;

const linksOf = async (id: string) =>
  await read<LinkRow>(
    `SELECT i.*, l.position, l.role, l.provenance FROM alert_indicators l
       JOIN indicators i ON i.id = l.indicator_id WHERE l.alert_id = $1 ORDER BY l.position`,
    id,
  );

const whenExtracted = async (id: string) =>
  await eventually(async () => {
    const alert = await alertRow(id);
    expect(alert.stage).toBe('extracted');
    return alert;
  });

const messagesAbout = ({ published }: RunningExtractor, id: string) =>
  published.filter(({ alert_id }) => alert_id === id);

/** Batches of alerts that waited so far. */
async function heldBack(): Promise<number> {
  const text = await telemetry.metrics.registry.metrics();
  return Number(/^calseta_extractions_held_total (\d+)/m.exec(text)?.[1] ?? 0);
}

const SEED = {
  title: 'Suspicious Process Execution',
  severity: 'High',
  description: 'cmd.exe spawned from Excel.exe on WORKSTATION-42',
  sourceRuleId: 'RULE-001',
  statedIndicators: [
    { type: 'ip', value: '10.0.0.42', pointer: '/indicators/0/value' },
    { type: 'hash_sha256', value: 'a1b2c3d4e5f6...', pointer: '/indicators/1/value' },
    { type: 'account', value: 'jsmith@company.com', pointer: '/indicators/2/value' },
  ],
  rawPayload: {
    title: 'Suspicious Process Execution',
    severity: 'High',
    occurred_at: '2025-01-15T10:28:00Z',
    description: 'cmd.exe spawned from Excel.exe on WORKSTATION-42',
    tags: ['endpoint', 'execution'],
    source_rule_id: 'RULE-001',
    indicators: [
      { type: 'ip', value: '10.0.0.42' },
      { type: 'hash_sha256', value: 'a1b2c3d4e5f6...' },
      { type: 'account', value: 'jsmith@company.com' },
    ],
  },
} as const;
const seed = () => structuredClone<unknown>(SEED) as Partial<StoredAlert>;

describe('alert.ingested', () => {
  test('links the three indicators of the seed, the truncated hash kept as malformed', async () => {
    const service = await start();
    const id = await aStoredAlert(database, seed());
    await service.ingested(id);
    const alert = await whenExtracted(id);

    const links = await linksOf(id);
    expect(
      links.slice(0, 3).map(({ type, value, is_malformed }) => [type, value, is_malformed]),
    ).toEqual([
      ['ip', '10.0.0.42', false],
      ['hash_sha256', 'a1b2c3d4e5f6...', true],
      ['account', 'jsmith@company.com', false],
    ]);
    expect(alert.indicator_count).toBe(links.length);
    expect(links[0]).toMatchObject({ position: 0, classification: 'private' });
    expect(links[0]!.provenance[0]).toMatchObject({
      pass: 'explicit',
      pointer: '/indicators/0/value',
    });
    expect(links[0]!.first_seen_at).toEqual(new Date('2025-01-15T10:28:00Z'));

    const [activity] = await read<ActivityRow>('SELECT * FROM activity WHERE alert_id = $1', id);
    expect(activity).toMatchObject({ kind: 'extracted', actor: 'extractor' });
    expect(activity!.detail).toMatchObject({ indicators: links.length, malformed: 1 });
    expect(activity!.detail.wait_ms).toBeGreaterThanOrEqual(0);

    const [message] = await eventually(() => {
      expect(messagesAbout(service, id)).toHaveLength(1);
      return messagesAbout(service, id);
    });
    expect(message).toMatchObject({ type: 'alert.extracted', revision: 1, lane: 'urgent' });
  });

  test('stores how a value is written in its text, and where', async () => {
    const service = await start();
    const description = 'Beacon to hxxps[:]//evil[.]badsite[.]net[/]gate, then silence.';
    const rawPayload = { title: 'Beacon', description };
    const id = await aStoredAlert(database, { title: 'Beacon', description, rawPayload });
    await service.ingested(id);
    await whenExtracted(id);
    const url = (await linksOf(id)).find(({ type }) => type === 'url');
    expect(url).toMatchObject({ value: 'https://evil.badsite.net/gate' });
    expect(url!.provenance).toEqual([
      {
        pass: 'text',
        pointer: '/description',
        extractor: 'text:url',
        stated_as: 'hxxps[:]//evil[.]badsite[.]net[/]gate',
        span: [10, 47],
      },
    ]);
    expect(description.slice(10, 47)).toBe('hxxps[:]//evil[.]badsite[.]net[/]gate');
  });

  test('classifies what stands under the organisation’s own domains as internal', async () => {
    const service = await start(database, { CALSETA_OWN_DOMAINS: new Set(['company.com']) });
    const id = await aStoredAlert(database, seed());
    await service.ingested(id);
    await whenExtracted(id);
    const account = (await linksOf(id)).find(({ type }) => type === 'account');
    expect(account).toMatchObject({ value: 'jsmith@company.com', classification: 'internal' });
  });

  test('makes the detection rule once for 50 alerts at a time, with what the payload says', async () => {
    const services = [await start(), await start()];
    const sourceRuleId = newUuid();
    const ids = await Promise.all(
      Array.from(
        { length: 50 },
        async () =>
          await aStoredAlert(database, {
            sourceRuleId,
            sourceRuleName: 'Brute force',
            severity: 'High',
            mitreTactics: ['TA0001'],
            mitreTechniques: ['T1078'],
          }),
      ),
    );
    await Promise.all(ids.map(async (id, index) => await services[index % 2]!.ingested(id)));
    await Promise.all(ids.map(whenExtracted));

    const rules = await read<{ id: string }>(
      'SELECT * FROM detection_rules WHERE source_rule_id = $1',
      sourceRuleId,
    );
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      source_name: 'generic',
      name: 'Brute force',
      severity: 'High',
      mitre_tactics: ['TA0001'],
      mitre_techniques: ['T1078'],
      is_auto_created: true,
    });
    const linked = await read('SELECT 1 FROM alerts WHERE detection_rule_id = $1', rules[0]!.id);
    expect(linked).toHaveLength(50);
  });

  test('never overwrites what a person wrote into a rule', async () => {
    const service = await start();
    const sourceRuleId = newUuid();
    await database.prisma.detectionRule.create({
      data: {
        sourceName: 'generic',
        sourceRuleId,
        name: 'Ours',
        severity: 'Low',
        documentation: '## Ours',
      },
    });
    const id = await aStoredAlert(database, {
      sourceRuleId,
      sourceRuleName: 'Theirs',
      severity: 'High',
    });
    await service.ingested(id);
    const { detection_rule_id } = await whenExtracted(id);
    expect(
      (
        await read<{ id: string }>('SELECT * FROM detection_rules WHERE id = $1', detection_rule_id)
      )[0],
    ).toMatchObject({
      name: 'Ours',
      severity: 'Low',
      documentation: '## Ours',
      mitre_tactics: [],
    });
  });

  test('publishes the next message again after a redelivery, without a second effect', async () => {
    const service = await start();
    const id = await aStoredAlert(database, seed());
    await service.ingested(id);
    await whenExtracted(id);
    const before = await alertRow(id);
    await service.ingested(id);
    await eventually(() => expect(messagesAbout(service, id)).toHaveLength(2));
    expect(await alertRow(id)).toEqual(before);
    expect(await read('SELECT 1 FROM activity WHERE alert_id = $1', id)).toHaveLength(1);
  });

  test('ignores messages that are stale, about nothing, or about an alert further along', async () => {
    const service = await start();
    const stale = await aStoredAlert(database, { revision: 2 });
    const gone = newUuid();
    const further = await aStoredAlert(database, { stage: 'dispatched' });
    const failed = await aStoredAlert(database, { stage: 'failed' });
    for (const id of [stale, gone, further, failed]) await service.ingested(id);
    const last = await aStoredAlert(database);
    await service.ingested(last);
    await eventually(() => expect(messagesAbout(service, last)).toHaveLength(1));
    expect(service.published).toHaveLength(1);
    expect((await alertRow(stale)).stage).toBe('ingested');
  });

  test('replaces the links of an earlier revision', async () => {
    const service = await start();
    const id = await aStoredAlert(database, {
      statedIndicators: [
        { type: 'ip', value: '198.51.100.1' },
        { type: 'ip', value: '198.51.100.2' },
      ],
    });
    await service.ingested(id);
    await whenExtracted(id);
    await database.query(
      `UPDATE alerts SET stage = 'ingested', revision = 2, stated_indicators = $2 WHERE id = $1`,
      [
        id,
        JSON.stringify([
          { type: 'ip', value: '198.51.100.2' },
          { type: 'ip', value: '198.51.100.3' },
        ]),
      ],
    );
    await service.ingested(id, { revision: 2 });
    const alert = await whenExtracted(id);
    expect((await linksOf(id)).map(({ value }) => value)).toEqual(['198.51.100.2', '198.51.100.3']);
    expect(alert).toMatchObject({ indicator_count: 2, revision: 2 });
  });

  test('stores the words of an alert with the day of its receipt, also where the day was not noted', async () => {
    const service = await start();
    const id = await aStoredAlert(database);
    await database.query(
      `UPDATE alerts SET received_at = '2026-03-01T01:00:00+02:00', title = 'Marmot' WHERE id = $1`,
      [id],
    );
    const textOf = async () =>
      await read(
        `SELECT received_on::text AS day, words @@ to_tsquery('simple', 'marmot') AS "isFound"
           FROM alert_texts WHERE alert_id = $1`,
        id,
      );
    const extracted = [{ day: '2026-02-28', isFound: true }];
    await service.ingested(id);
    await whenExtracted(id);
    expect(await textOf()).toEqual(extracted);
    await database.query(`UPDATE alert_texts SET received_on = DEFAULT WHERE alert_id = $1`, [id]);
    await database.query(`UPDATE alerts SET stage = 'ingested', revision = 2 WHERE id = $1`, [id]);
    await service.ingested(id, { revision: 2 });
    await whenExtracted(id);
    expect(await textOf()).toEqual(extracted);
  });

  test('counts each alert once, however often it is told of and extracted, with the verdict that it has', async () => {
    const service = await start();
    const values = ['198.18.7.1', '198.18.7.2', '198.18.7.3'];
    const stated = (...indexes: number[]) =>
      indexes.map((index) => ({ type: 'ip', value: values[index]! }) as const);
    const judged = await aStoredAlert(database, {
      statedIndicators: stated(0, 1),
      maliceOverride: 'Malicious',
    });
    const other = await aStoredAlert(database, { statedIndicators: stated(0) });
    for (const id of [judged, other, judged, other]) await service.ingested(id);
    await Promise.all([judged, other].map(whenExtracted));
    await eventually(() => expect(service.published).toHaveLength(4));
    const counters = async () =>
      await read(
        `SELECT alert_count AS alerts, malicious_alerts AS malicious, confirmed_malicious_alerts AS confirmed
           FROM indicators WHERE value = ANY($1) ORDER BY value`,
        values,
      );
    expect(await counters()).toEqual([
      { alerts: 2, malicious: 1, confirmed: 1 },
      { alerts: 1, malicious: 1, confirmed: 1 },
    ]);

    await database.query(
      `UPDATE alerts SET stage = 'ingested', revision = 2, stated_indicators = $2 WHERE id = $1`,
      [judged, JSON.stringify(stated(1, 2))],
    );
    await service.ingested(judged, { revision: 2 });
    await whenExtracted(judged);
    expect(await counters()).toEqual([
      { alerts: 1, malicious: 0, confirmed: 0 },
      { alerts: 1, malicious: 1, confirmed: 1 },
      { alerts: 1, malicious: 1, confirmed: 1 },
    ]);
    expect(await miscountedIndicators(database)).toEqual([]);
  });

  test.each<[ExtractedIndicator['type'], string, string[]]>([
    [
      'domain',
      'one-row.example.com',
      ['ONE-ROW.example.COM', 'one-row[.]example[.]com', 'one-row.example.com.'],
    ],
    [
      'ip',
      '2001:db8::17',
      ['2001:0DB8:0000:0000:0000:0000:0000:0017', '2001:db8:0::17', '[2001:db8::17]'],
    ],
    [
      'url',
      'http://one-row.example.com/Path',
      ['HTTP://One-Row.example.com/Path', 'hxxp://one-row[.]example[.]com/Path'],
    ],
    ['hash_md5', '0123456789abcdef0123456789abcdef', ['0123456789ABCDEF0123456789ABCDEF']],
  ])('keeps one %s row for %s in every spelling', async (type, value, spellings) => {
    const service = await start();
    const ids = await Promise.all(
      [value, ...spellings].map(
        async (spelling) =>
          await aStoredAlert(database, { statedIndicators: [{ type, value: spelling }] }),
      ),
    );
    for (const id of ids) await service.ingested(id);
    await Promise.all(ids.map(whenExtracted));
    const linked = await Promise.all(
      ids.map(async (id) => (await linksOf(id)).filter((link) => link.type === type)),
    );
    expect(linked.map((links) => links.map((link) => link.value))).toEqual(ids.map(() => [value]));
    expect(new Set(linked.flat().map((link) => link.id)).size).toBe(1);
  });

  test('remembers the first and the last sighting, in whatever order they come', async () => {
    const service = await start();
    const at = (day: number) => new Date(Date.UTC(2025, 0, day));
    for (const day of [15, 20, 10]) {
      const id = await aStoredAlert(database, {
        occurredAt: at(day),
        statedIndicators: [{ type: 'ip', value: '198.51.100.77' }],
      });
      await service.ingested(id);
      await whenExtracted(id);
    }
    const [indicator] = await read<IndicatorRow>(
      `SELECT * FROM indicators WHERE value = '198.51.100.77'`,
    );
    expect([indicator!.first_seen_at, indicator!.last_seen_at]).toEqual([at(10), at(20)]);
  });

  test('two processes over the same alerts make no duplicate', async () => {
    const services = [await start(), await start()];
    const values = Array.from({ length: 40 }, (_, index) => `203.0.113.${index}`);
    const statedIndicators = values.map((value) => ({ type: 'ip', value }) as const);
    const ids = await Promise.all(
      Array.from({ length: 120 }, async () => await aStoredAlert(database, { statedIndicators })),
    );
    await Promise.all([
      ...ids.map(async (id) => await services[0]!.ingested(id)),
      ...ids.toReversed().map(async (id) => await services[1]!.ingested(id)),
    ]);
    await Promise.all(ids.map(whenExtracted));
    const counted = await read(
      `SELECT (SELECT count(*)::int FROM indicators WHERE value LIKE '203.0.113.%') AS indicators,
              (SELECT count(*)::int FROM alert_indicators WHERE alert_id = ANY($1)) AS links,
              (SELECT count(*)::int FROM activity WHERE alert_id = ANY($1)) AS activities`,
      ids,
    );
    expect(counted).toEqual([{ indicators: 40, links: 120 * 40, activities: 120 }]);
    expect(
      await read(
        `SELECT DISTINCT alert_count::int AS alerts FROM indicators WHERE value LIKE '203.0.113.%'`,
      ),
    ).toEqual([{ alerts: 120 }]);
    expect(await miscountedIndicators(database)).toEqual([]);
  });

  test('loads the first alerts that fit, one at least, and leaves no gap for a missing one', async () => {
    const store = createExtractionStore(database);
    const rawPayload = { text: 'x'.repeat(1_000) };
    const ids = await Promise.all(
      Array.from({ length: 3 }, async () => await aStoredAlert(database, { rawPayload })),
    );
    const bytes = JSON.stringify(rawPayload).length + '[]'.length;
    const loaded = async (given: string[], maxBytes?: number) =>
      (await store.load(given, maxBytes)).map((alert) => alert?.id);
    const [first, second, third] = ids as [string, string, string];
    expect(await loaded(ids)).toEqual(ids);
    expect(await loaded(ids, 3 * bytes)).toEqual(ids);
    expect(await loaded(ids, 3 * bytes - 1)).toEqual([first, second]);
    expect(await loaded(ids, 1)).toEqual([first]);
    const gone = newUuid();
    expect(await loaded([gone, first, gone, second, third], bytes)).toEqual([
      undefined,
      first,
      undefined,
    ]);
    expect(await loaded([gone], 1)).toEqual([undefined]);
  });

  test('extracts a further alert once the one before it is saved, where it may hold no more', async () => {
    const before = await heldBack();
    const statedIndicators = [{ type: 'ip', value: '203.0.113.7' } as const];
    const ids = await Promise.all(
      Array.from({ length: 3 }, async () => await aStoredAlert(database, { statedIndicators })),
    );
    const service = await start(database, { EXTRACTION_MAX_BYTES: 1 });
    await Promise.all(ids.map(async (id) => await service.ingested(id)));
    for (const id of ids) expect((await whenExtracted(id)).indicator_count).toBe(1);
    expect(await heldBack()).toBeGreaterThan(before);
  });

  test('extracts alerts of 500 long indicators each, however many come at once', async () => {
    const before = await heldBack();
    const service = await start();
    const wide = (alert: number) =>
      Array.from({ length: 500 }, (_, index) => ({
        type: 'url' as const,
        value: `https://h${alert}.example.com/${index}/`.padEnd(1_900, 'p'),
      }));
    const ids = await Promise.all(
      Array.from(
        { length: 24 },
        async (_, alert) => await aStoredAlert(database, { statedIndicators: wide(alert) }),
      ),
    );
    await Promise.all(ids.map(async (id) => await service.ingested(id)));
    for (const id of ids) expect((await whenExtracted(id)).indicator_count).toBe(500);
    expect(await heldBack()).toBeGreaterThan(before);
  }, 60_000);

  test('batches that share indicators and rules in opposite orders do not deadlock', async () => {
    const store = createExtractionStore(database);
    const domains = Array.from({ length: 400 }, (_, index) => `host-${index}.example.com`);
    const extractionOf = (alertId: string, values: string[], sourceRuleId: string) => ({
      alertId,
      revision: 1,
      seenAt: new Date(),
      indicators: values.map((value) => ({
        type: 'domain' as const,
        value,
        classification: 'public' as const,
        isMalformed: false,
        provenance: [],
      })),
      rule: {
        sourceName: 'generic',
        sourceRuleId,
        name: 'x',
        severity: 'Low' as const,
        mitreTactics: [],
        mitreTechniques: [],
      },
      droppedIndicatorCount: 0,
      notes: [],
      activity: {},
    });
    for (let round = 0; round < 5; round++) {
      const ids = await Promise.all(
        Array.from({ length: 4 }, async () => await aStoredAlert(database)),
      );
      const saves = ids.map(async (id, index) => {
        const values = index % 2 ? domains : domains.toReversed();
        return await store.save([extractionOf(id, values, `deadlock-${round}-${index % 2}`)]);
      });
      expect(await Promise.all(saves)).toEqual([[true], [true], [true], [true]]);
    }
  });

  test('serves others while sixty mappings go through a hostile alert, and notes what they did not read', async () => {
    const service = await start();
    const paths = Array.from({ length: 60 }, (_, index) =>
      index % 2 ? `r[*][*][*].zz${index}` : `*.zz${index}.*[*]`,
    );
    await database.prisma.indicatorMapping.createMany({
      data: paths.map((path) => ({
        id: newUuid(),
        pass: 'custom',
        path,
        sourceName: 'okta',
        indicatorType: 'ip',
      })),
    });
    const list = <T>(length: number, entry: T): T[] => Array<T>(length).fill(entry);
    const rawPayload = { r: list(48, list(100, list(100, 1))) };
    expect(JSON.stringify(rawPayload).length).toBeGreaterThan(960_000);
    const counted = async () => {
      const text = await telemetry.metrics.registry.metrics();
      return Number(/^calseta_alerts_mapped_in_part_total (\d+)/m.exec(text)?.[1]);
    };
    const before = await counted();
    // The service learns of the mappings, and the code is compiled.
    const ids = [];
    await eventually(async () => {
      const id = await aStoredAlert(database, { rawPayload, sourceName: 'okta' });
      ids.push(id);
      await service.ingested(id);
      await whenExtracted(id);
      expect(await counted()).toBeGreaterThan(before);
    });

    const stalls = monitorEventLoopDelay({ resolution: 5 });
    const id = await aStoredAlert(database, { rawPayload, sourceName: 'okta' });
    stalls.enable();
    await service.ingested(id);
    await whenExtracted(id);
    stalls.disable();
    // A tenth of the time on an idle machine; one path after the other takes several seconds.
    expect(stalls.max / 1e6).toBeLessThan(1_000);
    const { extraction_notes } = (await alertRow(id)) as AlertRow & { extraction_notes: string[] };
    expect(extraction_notes).toEqual([MAPPING_NOTES.visits]);
    const [activity] = await read<ActivityRow>('SELECT * FROM activity WHERE alert_id = $1', id);
    expect(activity!.detail).toMatchObject({ notes: [MAPPING_NOTES.visits] });
  });

  test('extracts by a mapping that was added a moment ago', async () => {
    const service = await start();
    const alert = { rawPayload: { vendor: { thing: 'svc-backup' } } };
    const before = await aStoredAlert(database, alert);
    await service.ingested(before);
    expect((await whenExtracted(before)).indicator_count).toBe(0);
    await database.prisma.indicatorMapping.create({
      data: {
        id: newUuid(),
        pass: 'custom',
        path: 'vendor.thing',
        indicatorType: 'account',
        role: 'actor',
      },
    });
    await eventually(
      async () => {
        const id = await aStoredAlert(database, alert);
        await service.ingested(id);
        await whenExtracted(id);
        expect(await linksOf(id)).toMatchObject([
          { type: 'account', value: 'svc-backup', role: 'actor' },
        ]);
      },
      { timeoutMs: 2_500 },
    );
  });
});

describe('healing', () => {
  test('sweeps up an alert whose message never came', async () => {
    const id = await aStoredAlert(database, { nextSweepAt: new Date(0) });
    const service = await start(database, { SWEEP_INTERVAL_MS: 100 });
    await whenExtracted(id);
    await eventually(() => expect(messagesAbout(service, id).length).toBeGreaterThan(0));
  });

  test('marks the alert of a dead letter as failed, with the reason', async () => {
    let options: ConsumeOptions | undefined;
    const capturing = {
      consume: async (_subscription, _handler, given) => {
        options = given;
        return { drain: async () => undefined };
      },
      isReady: () => true,
    } as Partial<PipelineTransport> as PipelineTransport;
    const config = {
      AMQP_PREFETCH: 1,
      SWEEP_INTERVAL_MS: 60_000,
      SWEEP_BATCH_SIZE: 1,
      EXTRACTION_MAX_BYTES: 1,
      CALSETA_OWN_DOMAINS: new Set<string>(),
    };
    const extractor = await createExtractor({ config, database, transport: capturing, telemetry });
    const id = await aStoredAlert(database);
    await options!.onDeadLetter(
      anAlertMessage({ alert_id: id }),
      new AppError('service.overloaded', 'Too much.'),
    );
    expect(await alertRow(id)).toMatchObject({
      stage: 'failed',
      failure_code: 'service.overloaded',
      failure_reason: 'Too much.',
    });
    await extractor.drain();
  });
});

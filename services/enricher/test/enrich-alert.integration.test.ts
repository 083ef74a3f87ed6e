import { type LookupScopeInput, REQUESTS } from '@calseta/common';
import { type Database } from '@calseta/database';
import { aStoredAlert, eventually, testDatabase, type TestDatabase } from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ProviderAnswer, type RegisteredProvider } from '../src/domain/provider.js';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';
import { aProvider } from './support/test-provider.js';

let testDb: TestDatabase;
let database: Database;
const running: RunningEnricher[] = [];

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

async function start(...providers: RegisteredProvider[]): Promise<RunningEnricher> {
  const service = await startEnricher(database, providers);
  running.push(service);
  return service;
}

let lastHost = 0;
const anIp = () => ({ type: 'ip', value: `45.155.206.${(lastHost += 1)}` }) as const;

const found = (malice: 'Malicious' | 'Pending'): ProviderAnswer => ({
  kind: 'found',
  extracted: { malice },
  malice,
});

/** An alert that was enriched, with one address. */
async function anEnrichedAlert(service: RunningEnricher): Promise<string> {
  const id = await aStoredAlert(database, {
    stage: 'extracted',
    severity: 'High',
    indicators: [anIp()],
  });
  await service.extracted(id);
  await eventually(async () => expect((await alertOf(id)).stage).toBe('enriched'));
  return id;
}

const alertOf = async (id: string) =>
  await database.prisma.alert.findUniqueOrThrow({ where: { id } });

const linesOf = async (alertId: string) =>
  await database.prisma.activity.findMany({ where: { alertId, kind: 'enriched_anew' } });

const pendingOf = async (id: string) =>
  (
    await database.query<{ changes: unknown[]; restart: string }>(
      'SELECT pending_changes AS changes, restart_from AS restart FROM alert_updates WHERE alert_id = $1',
      [id],
    )
  ).rows[0];

const enrich = async (service: RunningEnricher, id: string, scope: LookupScopeInput = {}) =>
  await service.transport.request(REQUESTS.enrichAlert, { alert_id: id, actor: 'key-1', ...scope });

describe('enricher.enrich-alert', () => {
  test('tells nobody when it finds nothing new, and notes who asked', async () => {
    const provider = aProvider('steady', async () => await Promise.resolve(found('Malicious')));
    const service = await start(provider);
    const id = await anEnrichedAlert(service);
    expect(await enrich(service, id, { bypass_cache: true })).toEqual({ is_changed: false });
    expect(provider.asked).toHaveLength(2);
    expect(await pendingOf(id)).toBeUndefined();
    const [line] = await linesOf(id);
    expect(line).toMatchObject({
      actor: 'key-1',
      detail: { is_changed: false, bypass_cache: true, providers: { steady: { found: 1 } } },
    });
  });

  test('uses stored answers unless they are to be passed by', async () => {
    const provider = aProvider('steady', async () => await Promise.resolve(found('Pending')));
    const service = await start(provider);
    const id = await anEnrichedAlert(service);
    await enrich(service, id);
    expect(provider.asked).toHaveLength(1);
  });

  test('begins a revision at dispatch when the verdict changes', async () => {
    const answers = [found('Pending'), found('Malicious')];
    const provider = aProvider(
      'changing',
      async () => await Promise.resolve(answers.shift() ?? found('Pending')),
    );
    const service = await start(provider);
    const id = await anEnrichedAlert(service);
    expect(await enrich(service, id, { bypass_cache: true })).toEqual({ is_changed: true });
    expect((await alertOf(id)).malice).toBe('Malicious');
    expect(await pendingOf(id)).toMatchObject({
      restart: 'dispatch',
      changes: [
        { field: 'malice', from: 'Pending', to: 'Malicious' },
        { field: 'enrichment', to: [{ type: 'ip', from: 'Pending', to: 'Malicious' }] },
      ],
    });
  });

  test('names a provider that knows something now, and moves it from failed to succeeded', async () => {
    const answers: ProviderAnswer[] = [{ kind: 'unavailable', reason: 'It is down.' }];
    const provider = aProvider(
      'late',
      async () => await Promise.resolve(answers.shift() ?? found('Pending')),
    );
    const other = aProvider('other', async () => await Promise.resolve(found('Pending')));
    const service = await start(provider, other);
    const id = await anEnrichedAlert(service);
    expect(await alertOf(id)).toMatchObject({
      enrichmentStatus: 'Partial',
      enrichmentFailed: ['late'],
    });
    expect(await enrich(service, id, { providers: ['late'] })).toEqual({ is_changed: true });
    const alert = await alertOf(id);
    expect(alert).toMatchObject({
      enrichmentStatus: 'Enriched',
      enrichmentFailed: [],
      enrichmentReasons: {},
    });
    expect(alert.enrichmentSucceeded).toEqual(expect.arrayContaining(['late', 'other']));
    expect(other.asked).toHaveLength(1);
    expect((await pendingOf(id))?.changes).toEqual([
      expect.objectContaining({
        field: 'enrichment',
        to: [expect.objectContaining({ provider: 'late' })],
      }),
    ]);
  });

  test('respects the TLP that the alert has by now', async () => {
    const provider = aProvider('strict', async () => await Promise.resolve(found('Pending')), {
      maxTlp: 'AMBER',
    });
    const service = await start(provider);
    const id = await anEnrichedAlert(service);
    await database.prisma.alert.update({ where: { id }, data: { tags: ['tlp:red'] } });
    await enrich(service, id, { bypass_cache: true });
    expect(provider.asked).toHaveLength(1);
  });

  test('refuses alerts that are in the pipeline, quarantined or unknown, and unknown providers', async () => {
    const service = await start();
    const underWay = await aStoredAlert(database, { stage: 'extracted' });
    const quarantined = await aStoredAlert(database, { stage: 'quarantined' });
    await expect(enrich(service, underWay)).rejects.toMatchObject({ code: 'resource.conflict' });
    await expect(enrich(service, quarantined)).rejects.toMatchObject({ code: 'resource.conflict' });
    await expect(enrich(service, '01937b5e-9c00-7000-8000-00000000ffff')).rejects.toMatchObject({
      code: 'resource.not_found',
    });
    await expect(enrich(service, underWay, { providers: ['nobody'] })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });
});

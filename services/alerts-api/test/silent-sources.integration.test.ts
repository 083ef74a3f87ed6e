import {
  MAX_EXPECTED_EVERY_SECONDS,
  MIN_EXPECTED_EVERY_SECONDS,
  type SourceResource,
} from '@calseta/common';
import { createFiguresStore, createSilenceStore, createSourceStore } from '@calseta/database';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSourceWatch } from '../src/jobs/watch-sources.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
  const events = ['source.silent', 'source.resumed'];
  const made = await api.call('POST', '/v1/agents', { body: { name: 'operator', events } });
  expect(made.status).toBe(201);
});
afterAll(async () => await api[Symbol.asyncDispose]());

const HOUR_SECONDS = 3_600;
const change = async (name: string, body: unknown) =>
  await api.call('PATCH', `/v1/sources/${name}`, { body });
const read = async (name: string): Promise<SourceResource> =>
  (await api.call('GET', `/v1/sources/${name}`)).body.data;
const wasMade = async (name: string, secondsAgo: number) => {
  const createdAt = new Date(Date.now() - secondsAgo * 1_000);
  await api.database.prisma.source.update({ where: { name }, data: { createdAt } });
};
const sent = async (sourceName: string, at: Date) => {
  await createSourceStore(api.database).addTraffic([
    { sourceName, accepted: 1, rejected: 0, unreadSeverity: 0, quarantined: 0, lastSeenAt: at },
  ]);
};
const tell = async () => await createSilenceStore(api.database).tellOfSilence(100);
/** What the agent is told of a source, in order. */
async function told(name: string): Promise<[string, Record<string, unknown>][]> {
  const rows = await api.database.prisma.delivery.findMany({
    where: { kind: 'event', eventData: { path: ['source_name'], equals: name } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map(({ event, eventData }) => [
    event ?? '',
    eventData as unknown as Record<string, unknown>,
  ]);
}
const namesOf = (events: [string, unknown][]) => events.map(([event]) => event);

describe('a silent source', () => {
  test('that was never seen counts from its creation, and is told of once by many replicas', async () => {
    await change('elastic', { expected_every_seconds: HOUR_SECONDS });
    expect(await read('elastic')).toMatchObject({
      expected_every_seconds: HOUR_SECONDS,
      is_silent: false,
    });
    await wasMade('elastic', HOUR_SECONDS + 60);
    expect(await read('elastic')).toMatchObject({ is_silent: true });
    await Promise.all([tell(), tell(), tell(), tell()]);
    await tell();
    const events = await told('elastic');
    expect(events).toEqual([
      [
        'source.silent',
        expect.objectContaining({
          source_name: 'elastic',
          expected_every_seconds: HOUR_SECONDS,
        }),
      ],
    ]);
    expect(events[0]?.[1]).not.toHaveProperty('last_seen_at');
  });

  test('is told of again at its end, and at its next beginning', async () => {
    const seen = new Date();
    await change('splunk', { expected_every_seconds: HOUR_SECONDS });
    await wasMade('splunk', HOUR_SECONDS + 60);
    await tell();
    await sent('splunk', seen);
    expect(await read('splunk')).toMatchObject({ is_silent: false });
    await tell();
    await tell();
    const events = await told('splunk');
    expect(namesOf(events)).toEqual(['source.silent', 'source.resumed']);
    expect(events[1]?.[1]).toMatchObject({ because: 'seen' });

    await api.database.prisma.source.update({
      where: { name: 'splunk' },
      data: { lastSeenAt: new Date(Date.now() - 2 * HOUR_SECONDS * 1_000) },
    });
    await tell();
    expect((await told('splunk')).at(-1)).toEqual([
      'source.silent',
      expect.objectContaining({ last_seen_at: expect.any(String) }),
    ]);
  });

  test.each([[{ expected_every_seconds: null }], [{ is_active: false }]])(
    'is none after %j',
    async (changes) => {
      const name = 'is_active' in changes ? 'okta' : 'sentinel';
      await change(name, { expected_every_seconds: HOUR_SECONDS });
      await wasMade(name, HOUR_SECONDS + 60);
      await tell();
      await change(name, changes);
      expect(await read(name)).toMatchObject({ is_silent: false });
      await tell();
      const events = await told(name);
      expect(namesOf(events)).toEqual(['source.silent', 'source.resumed']);
      expect(events[1]?.[1]).toMatchObject({ because: 'settings' });
    },
  );

  test('is found by the running service, and counted', async () => {
    await change('wazuh', { expected_every_seconds: HOUR_SECONDS });
    await wasMade('wazuh', HOUR_SECONDS + 60);
    const watch = startSourceWatch({
      store: createSilenceStore(api.database),
      onError: (error) => {
        throw error;
      },
      intervalMs: 10,
    });
    await eventually(async () => expect(namesOf(await told('wazuh'))).toEqual(['source.silent']));
    await watch.stop();
    const { silentSources } = await createFiguresStore(api.database).readFigures();
    const { body } = await api.call('GET', '/v1/sources?page_size=100');
    const silent = (body.data as SourceResource[]).filter(({ is_silent: isSilent }) => isSilent);
    expect(silent.map(({ name }) => name)).toContain('wazuh');
    expect(silentSources).toBe(silent.length);
  });
});

test('what is expected has bounds', async () => {
  const status = async (seconds: number) =>
    (await change('generic', { expected_every_seconds: seconds })).status;
  expect(await status(MIN_EXPECTED_EVERY_SECONDS)).toBe(200);
  expect(await status(MIN_EXPECTED_EVERY_SECONDS - 1)).toBe(422);
  expect(await status(MAX_EXPECTED_EVERY_SECONDS)).toBe(200);
  expect(await status(MAX_EXPECTED_EVERY_SECONDS + 1)).toBe(422);
  expect((await change('generic', { expected_every_seconds: null })).status).toBe(200);
});
